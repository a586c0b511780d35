import { BEFORE_PREVIOUS, CANDLES, CLOSE, type Indicator, PREVIOUS } from './indicator.ts';

/** Sums of changes before warm-up, averages after it. */
const GAIN = 0;
const LOSS = 1;

/**
 * Wilder's RSI ("New Concepts in Technical Trading Systems", 1978): the first averages are simple means of the first
 * `period` changes, later ones weigh the newest change by 1 / period. 100 without losses, 50 without any change.
 */
export function relativeStrengthIndex(period: number): Indicator {
  /** `changes` counts this one. */
  function averaged(changes: number, settled: number, change: number): number {
    if (changes < period) return settled + change;
    return changes === period ? (settled + change) / period : (settled * (period - 1) + change) / period;
  }

  return {
    stateLength: 2,
    width: 1,
    settle: (state, at) => {
      // The first candle gives no change, the running one is not settled.
      const changes = (state[CANDLES] ?? 0) - 2;
      if (changes < 1) return;
      const change = (state[PREVIOUS] ?? 0) - (state[BEFORE_PREVIOUS] ?? 0);
      state[at + GAIN] = averaged(changes, state[at + GAIN] ?? 0, change > 0 ? change : 0);
      state[at + LOSS] = averaged(changes, state[at + LOSS] ?? 0, change < 0 ? -change : 0);
    },
    write: (state, at, out, outAt) => {
      const changes = (state[CANDLES] ?? 0) - 1;
      if (changes < period) {
        out[outAt] = Number.NaN;
        return;
      }
      const change = (state[CLOSE] ?? 0) - (state[PREVIOUS] ?? 0);
      const gain = averaged(changes, state[at + GAIN] ?? 0, change > 0 ? change : 0);
      const loss = averaged(changes, state[at + LOSS] ?? 0, change < 0 ? -change : 0);
      out[outAt] = gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
    },
  };
}
