import type { Indicator } from './indicator.ts';
import { WindowSums } from './window-sums.ts';

/** Mean of the last `period` closes. */
export class SimpleMovingAverage implements Indicator {
  readonly width = 1;
  readonly #window: WindowSums;

  constructor(period: number) {
    this.#window = new WindowSums(period);
  }

  add(close: number): void {
    this.#window.add(close);
  }

  replace(close: number): void {
    this.#window.replace(close);
  }

  write(out: Float64Array, at: number): void {
    out[at] = this.#window.isFull ? this.#window.mean() : Number.NaN;
  }
}
