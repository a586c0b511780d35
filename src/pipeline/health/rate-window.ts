import type { Clock } from '../../market/index.ts';

const WINDOW_SECONDS = 5;

/** Events per second over the last five whole seconds. */
export class RateWindow {
  readonly #clock: Clock;
  /** Counts of the running second and the seconds before it, by second modulo the length. */
  readonly #counts = new Float64Array(WINDOW_SECONDS + 1);
  readonly #seconds = new Float64Array(WINDOW_SECONDS + 1).fill(-1);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(count: number): void {
    const second = Math.floor(this.#clock.now() / 1000);
    const at = second % this.#counts.length;
    if (this.#seconds[at] !== second) {
      this.#seconds[at] = second;
      this.#counts[at] = 0;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
  }

  perSecond(): number {
    const second = Math.floor(this.#clock.now() / 1000);
    let sum = 0;
    this.#counts.forEach((count, at) => {
      const age = second - (this.#seconds[at] ?? -1);
      if (age >= 1 && age <= WINDOW_SECONDS) sum += count;
    });
    return sum / WINDOW_SECONDS;
  }
}
