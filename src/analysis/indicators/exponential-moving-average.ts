import type { Indicator } from './indicator.ts';

/**
 * Weight 2 / (period + 1) on the newest close. The first value is the simple mean of the first `period` closes, as
 * StockCharts and TA-Lib seed it; starting from the first close alone would differ for several periods.
 */
export class ExponentialMovingAverage implements Indicator {
  readonly width = 1;
  readonly #period: number;
  readonly #weight: number;
  #count = 0;
  /** Before warm-up the sum, afterwards the average, of everything but the newest close. */
  #settled = 0;
  #newest = 0;

  constructor(period: number) {
    this.#period = period;
    this.#weight = 2 / (period + 1);
  }

  add(close: number): void {
    if (this.#count > 0) {
      this.#settled = this.#count < this.#period ? this.#settled + this.#newest : this.value();
    }
    this.#count++;
    this.#newest = close;
  }

  replace(close: number): void {
    this.#newest = close;
  }

  value(): number {
    if (this.#count > this.#period) return this.#settled + this.#weight * (this.#newest - this.#settled);
    return this.#count === this.#period ? (this.#settled + this.#newest) / this.#period : Number.NaN;
  }

  write(out: Float64Array, at: number): void {
    out[at] = this.value();
  }
}
