import { ExponentialMovingAverage } from './exponential-moving-average.ts';
import type { Indicator } from './indicator.ts';

/**
 * Appel's MACD: fast EMA minus slow EMA, its own EMA as signal, and the difference of both as histogram. Every EMA is seeded
 * by a simple mean, so the signal begins `signal` - 1 candles after the line.
 */
export class Macd implements Indicator {
  readonly width = 3;
  readonly #fast: ExponentialMovingAverage;
  readonly #slow: ExponentialMovingAverage;
  readonly #signal: ExponentialMovingAverage;
  readonly #warmUp: number;
  #count = 0;

  constructor(fast: number, slow: number, signal: number) {
    this.#fast = new ExponentialMovingAverage(fast);
    this.#slow = new ExponentialMovingAverage(slow);
    this.#signal = new ExponentialMovingAverage(signal);
    this.#warmUp = Math.max(fast, slow);
  }

  add(close: number): void {
    this.#fast.add(close);
    this.#slow.add(close);
    this.#count++;
    if (this.#count >= this.#warmUp) this.#signal.add(this.#fast.value() - this.#slow.value());
  }

  replace(close: number): void {
    this.#fast.replace(close);
    this.#slow.replace(close);
    if (this.#count >= this.#warmUp) this.#signal.replace(this.#fast.value() - this.#slow.value());
  }

  write(out: Float64Array, at: number): void {
    const line = this.#fast.value() - this.#slow.value();
    const signal = this.#signal.value();
    out[at] = line;
    out[at + 1] = signal;
    out[at + 2] = line - signal;
  }
}
