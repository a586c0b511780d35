import { CLOSE, type Indicator, PREVIOUS } from './indicator.ts';
import { WindowSums } from './window-sums.ts';

/** Mean of the last `period` closes and `deviations` standard deviations of the population above and below it. */
export function bollingerBands(period: number, deviations: number): Indicator {
  const window = new WindowSums(period);
  return {
    stateLength: window.stateLength,
    width: 3,
    settle: (state, at) => {
      window.settle(state, at, PREVIOUS);
    },
    write: (state, at, out, outAt) => {
      let middle = Number.NaN;
      let reach = Number.NaN;
      if (window.isFull(state, at)) {
        const close = state[CLOSE] ?? 0;
        middle = window.mean(state, at, close);
        reach = deviations * Math.sqrt(window.spread(state, at, close) / period);
      }
      out[outAt] = middle + reach;
      out[outAt + 1] = middle;
      out[outAt + 2] = middle - reach;
    },
  };
}
