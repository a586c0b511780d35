import { CLOSE, type Indicator, PREVIOUS } from './indicator.ts';

/** Settled values, then their sum before warm-up or their average after it. */
const SETTLED = 0;
export const AVERAGE = 1;

/**
 * Weight 2 / (period + 1) on the newest value. The first average is the simple mean of the first `period` values, as
 * StockCharts and TA-Lib seed it; starting from the first value alone would differ for several periods.
 */
export class ExponentialAverage {
  static readonly stateLength = 2;
  readonly #period: number;
  readonly #weight: number;

  constructor(period: number) {
    this.#period = period;
    this.#weight = 2 / (period + 1);
  }

  settle(state: Float64Array, at: number, value: number): void {
    const settled = (state[at + SETTLED] ?? 0) + 1;
    const before = state[at + AVERAGE] ?? 0;
    state[at + SETTLED] = settled;
    if (settled > this.#period) state[at + AVERAGE] = before + this.#weight * (value - before);
    else state[at + AVERAGE] = settled === this.#period ? (before + value) / this.#period : before + value;
  }

  /** The average if `newest` came next; NaN until warmed up. */
  valueWith(state: Float64Array, at: number, newest: number): number {
    const settled = state[at + SETTLED] ?? 0;
    const average = state[at + AVERAGE] ?? 0;
    if (settled >= this.#period) return average + this.#weight * (newest - average);
    return settled + 1 === this.#period ? (average + newest) / this.#period : Number.NaN;
  }
}

/** Exponential average of the closes. */
export function exponentialMovingAverage(period: number): Indicator {
  const average = new ExponentialAverage(period);
  return {
    stateLength: ExponentialAverage.stateLength,
    width: 1,
    settle: (state, at) => {
      average.settle(state, at, state[PREVIOUS] ?? 0);
    },
    write: (state, at, out, outAt) => {
      out[outAt] = average.valueWith(state, at, state[CLOSE] ?? 0);
    },
  };
}
