import type { Indicator } from './indicator.ts';

/**
 * Wilder's RSI ("New Concepts in Technical Trading Systems", 1978): the first averages are simple means of the first
 * `period` changes, later ones weigh the newest change by 1 / period. 100 without losses, 50 without any change.
 */
export class RelativeStrengthIndex implements Indicator {
  readonly width = 1;
  readonly #period: number;
  /** Closes so far; the first gives no change. */
  #count = 0;
  #previous = 0;
  #newest = 0;
  /** Sums of changes before warm-up, averages afterwards; without the newest change. */
  #gain = 0;
  #loss = 0;

  constructor(period: number) {
    this.#period = period;
  }

  add(close: number): void {
    if (this.#count > 1) {
      const change = this.#newest - this.#previous;
      this.#gain = this.#averaged(this.#gain, change > 0 ? change : 0);
      this.#loss = this.#averaged(this.#loss, change < 0 ? -change : 0);
    }
    this.#previous = this.#newest;
    this.#newest = close;
    this.#count++;
  }

  replace(close: number): void {
    this.#newest = close;
  }

  write(out: Float64Array, at: number): void {
    if (this.#count <= this.#period) {
      out[at] = Number.NaN;
      return;
    }
    const change = this.#newest - this.#previous;
    const gain = this.#averaged(this.#gain, change > 0 ? change : 0);
    const loss = this.#averaged(this.#loss, change < 0 ? -change : 0);
    out[at] = gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
  }

  #averaged(settled: number, change: number): number {
    const changes = this.#count - 1;
    if (changes < this.#period) return settled + change;
    if (changes === this.#period) return (settled + change) / this.#period;
    return (settled * (this.#period - 1) + change) / this.#period;
  }
}
