import { AVERAGE, ExponentialAverage } from './exponential-moving-average.ts';
import { CANDLES, CLOSE, type Indicator, PREVIOUS } from './indicator.ts';

const FAST = 0;
const SLOW = ExponentialAverage.stateLength;
const SIGNAL = 2 * ExponentialAverage.stateLength;

/**
 * Appel's MACD: fast EMA minus slow EMA, its own EMA as signal, and the difference of both as histogram. Every EMA is seeded
 * by a simple mean, so the signal begins `signalPeriod` - 1 candles after the line.
 */
export function macd(fastPeriod: number, slowPeriod: number, signalPeriod: number): Indicator {
  const fast = new ExponentialAverage(fastPeriod);
  const slow = new ExponentialAverage(slowPeriod);
  const signal = new ExponentialAverage(signalPeriod);
  const warmUp = Math.max(fastPeriod, slowPeriod);
  return {
    stateLength: 3 * ExponentialAverage.stateLength,
    width: 3,
    settle: (state, at) => {
      const close = state[PREVIOUS] ?? 0;
      fast.settle(state, at + FAST, close);
      slow.settle(state, at + SLOW, close);
      if ((state[CANDLES] ?? 0) <= warmUp) return;
      // Settled by now, both averages are those of the candle before.
      signal.settle(state, at + SIGNAL, (state[at + FAST + AVERAGE] ?? 0) - (state[at + SLOW + AVERAGE] ?? 0));
    },
    write: (state, at, out, outAt) => {
      const close = state[CLOSE] ?? 0;
      const line = fast.valueWith(state, at + FAST, close) - slow.valueWith(state, at + SLOW, close);
      const signalValue = signal.valueWith(state, at + SIGNAL, line);
      out[outAt] = line;
      out[outAt + 1] = signalValue;
      out[outAt + 2] = line - signalValue;
    },
  };
}
