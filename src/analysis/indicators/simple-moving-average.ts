import { CLOSE, type Indicator, PREVIOUS } from './indicator.ts';
import { WindowSums } from './window-sums.ts';

/** Mean of the last `period` closes. */
export function simpleMovingAverage(period: number): Indicator {
  const window = new WindowSums(period);
  return {
    stateLength: window.stateLength,
    width: 1,
    settle: (state, at) => {
      window.settle(state, at, PREVIOUS);
    },
    write: (state, at, out, outAt) => {
      out[outAt] = window.isFull(state, at) ? window.mean(state, at, state[CLOSE] ?? 0) : Number.NaN;
    },
  };
}
