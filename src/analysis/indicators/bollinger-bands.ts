import type { Indicator } from './indicator.ts';
import { WindowSums } from './window-sums.ts';

/** Mean of the last `period` closes and `deviations` standard deviations of the population above and below it. */
export class BollingerBands implements Indicator {
  readonly width = 3;
  readonly #period: number;
  readonly #deviations: number;
  readonly #window: WindowSums;

  constructor(period: number, deviations: number) {
    this.#period = period;
    this.#deviations = deviations;
    this.#window = new WindowSums(period);
  }

  add(close: number): void {
    this.#window.add(close);
  }

  replace(close: number): void {
    this.#window.replace(close);
  }

  write(out: Float64Array, at: number): void {
    const isFull = this.#window.isFull;
    const middle = isFull ? this.#window.mean() : Number.NaN;
    const reach = isFull ? this.#deviations * Math.sqrt(this.#window.spread() / this.#period) : Number.NaN;
    out[at] = middle + reach;
    out[at + 1] = middle;
    out[at + 2] = middle - reach;
  }
}
