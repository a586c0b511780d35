import { BEFORE_PREVIOUS, CANDLES, CLOSE, type Indicator, PREVIOUS } from './indicator.ts';
import { WindowSums } from './window-sums.ts';

/** The return being settled, then the window. */
const RETURN = 0;
const WINDOW = 1;

/**
 * Standard deviation (sample, n - 1) of the last `period` logarithmic returns, in percent per candle: not annualised,
 * because a monitor compares candles of one interval.
 */
export function rollingVolatility(period: number): Indicator {
  const returns = new WindowSums(period);
  return {
    stateLength: WINDOW + returns.stateLength,
    width: 1,
    settle: (state, at) => {
      if ((state[CANDLES] ?? 0) < 3) return;
      state[at + RETURN] = Math.log((state[PREVIOUS] ?? 0) / (state[BEFORE_PREVIOUS] ?? 0));
      returns.settle(state, at + WINDOW, at + RETURN);
    },
    write: (state, at, out, outAt) => {
      if ((state[CANDLES] ?? 0) <= period) {
        out[outAt] = Number.NaN;
        return;
      }
      const newest = Math.log((state[CLOSE] ?? 0) / (state[PREVIOUS] ?? 0));
      out[outAt] = 100 * Math.sqrt(returns.spread(state, at + WINDOW, newest) / (period - 1));
    },
  };
}
