import type { Indicator } from './indicator.ts';
import { WindowSums } from './window-sums.ts';

/**
 * Standard deviation (sample, n - 1) of the last `period` logarithmic returns, in percent per candle: not annualised,
 * because a monitor compares candles of one interval.
 */
export class RollingVolatility implements Indicator {
  readonly width = 1;
  readonly #period: number;
  readonly #returns: WindowSums;
  #count = 0;
  #previous = 0;
  #newest = 0;

  constructor(period: number) {
    this.#period = period;
    this.#returns = new WindowSums(period);
  }

  add(close: number): void {
    this.#previous = this.#newest;
    this.#newest = close;
    this.#count++;
    if (this.#count > 1) this.#returns.add(Math.log(close / this.#previous));
  }

  replace(close: number): void {
    this.#newest = close;
    if (this.#count > 1) this.#returns.replace(Math.log(close / this.#previous));
  }

  write(out: Float64Array, at: number): void {
    out[at] = this.#returns.isFull ? 100 * Math.sqrt(this.#returns.spread() / (this.#period - 1)) : Number.NaN;
  }
}
