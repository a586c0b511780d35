import { gaussianOf, hash32 } from './seeded-random.ts';

const BLOCK_LEVELS = 7;
const BLOCK_DAYS = 2 ** BLOCK_LEVELS;
const DAY_LEVELS = 11;
/** Deviation of the block ends around zero, in daily deviations: keeps a price near its reference for ever. */
const BLOCK_END_DEVIATION = 5;

/**
 * A random walk that can be read at any place without walking there: a Brownian bridge refined by midpoint
 * displacement (Lévy's construction), each displacement a hash of its place. Unit variance a day; below 1/2048 of a day
 * it is straight. `key` names the walk.
 */
export class PricePath {
  readonly #key: number;
  #day = Number.NaN;
  #dayStart = 0;
  #dayEnd = 0;

  constructor(key: number) {
    this.#key = key;
  }

  /** The level at `position` days. */
  levelAt(position: number): number {
    const day = Math.floor(position);
    if (day !== this.#day) {
      this.#dayStart = day === this.#day + 1 ? this.#dayEnd : this.#levelOfDay(day);
      this.#dayEnd = this.#levelOfDay(day + 1);
      this.#day = day;
    }
    return descend(hash32(this.#key, day, 1), this.#dayStart, this.#dayEnd, 1, position - day, DAY_LEVELS);
  }

  #levelOfDay(day: number): number {
    const block = Math.floor(day / BLOCK_DAYS);
    const fraction = (day - block * BLOCK_DAYS) / BLOCK_DAYS;
    const key = hash32(this.#key, block, 2);
    return descend(key, this.#blockStart(block), this.#blockStart(block + 1), BLOCK_DAYS, fraction, BLOCK_LEVELS);
  }

  #blockStart(block: number): number {
    return BLOCK_END_DEVIATION * gaussianOf(hash32(this.#key, block, 3));
  }
}

/** Halves `[0, 1)` towards `fraction`, displacing each midpoint by the deviation of a bridge over what is left. */
function descend(key: number, start: number, end: number, variance: number, fraction: number, levels: number): number {
  let left = start;
  let right = end;
  let place = fraction;
  let node = 1;
  let deviation = Math.sqrt(variance) / 2;
  for (let level = 0; level < levels; level++) {
    const middle = (left + right) / 2 + deviation * gaussianOf(hash32(key, node, level));
    deviation *= Math.SQRT1_2;
    place *= 2;
    node *= 2;
    if (place < 1) {
      right = middle;
    } else {
      left = middle;
      place -= 1;
      node += 1;
    }
  }
  return left + (right - left) * place;
}
