import { ROW_LENGTH, clearRow } from './candle-row.ts';

/** After the minute's row: where in time its open and close stand; of the daily prices, `DAY_OPEN` further on. */
export const FIRST_TIME = ROW_LENGTH;
export const FIRST_SEQUENCE = ROW_LENGTH + 1;
export const LAST_TIME = ROW_LENGTH + 2;
export const LAST_SEQUENCE = ROW_LENGTH + 3;
/** When the minute begins, in milliseconds since 1970. */
export const START_MS = ROW_LENGTH + 8;
/** The highest key seen of each of the first `KEY_VENUES` venues; -1 before there is one. */
export const HIGHEST_KEYS = ROW_LENGTH + 9;
export const KEY_VENUES = 23;
const SLOT_LENGTH = HIGHEST_KEYS + KEY_VENUES;
const INITIAL_SLOTS = 64;
const NO_MARKS = [Infinity, 0, -Infinity, 0, Infinity, 0, -Infinity, 0];

/**
 * What every print of a minute looks at and changes, for all minutes in memory in one array: the candle row, the marks,
 * the start and the keys of a minute are neighbours, and no array object stands between them and the processor's cache.
 * A slot is the place of its first number. `numbers` changes when a slot is taken.
 */
export class MinuteSlots {
  numbers = new Float64Array(INITIAL_SLOTS * SLOT_LENGTH);
  #used = 0;
  readonly #free: number[] = [];

  take(startMs: number): number {
    const slot = this.#free.pop() ?? this.#append();
    this.clearFold(slot);
    this.numbers[slot + START_MS] = startMs;
    this.numbers.fill(-1, slot + HIGHEST_KEYS, slot + SLOT_LENGTH);
    return slot;
  }

  give(slot: number): void {
    this.#free.push(slot);
  }

  /** As if no print had been folded in. */
  clearFold(slot: number): void {
    clearRow(this.numbers, slot);
    this.numbers.set(NO_MARKS, slot + FIRST_TIME);
  }

  #append(): number {
    const slot = this.#used;
    this.#used += SLOT_LENGTH;
    if (this.#used > this.numbers.length) {
      const grown = new Float64Array(this.numbers.length * 2);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    return slot;
  }
}
