import { BollingerBands, EMA, MACD, RSI, SMA, WSMA } from 'trading-signals';
import { type Benchmark, compareSeconds } from '../../testing/benchmark.ts';
import { createIndicatorSuite } from '../indicators/indicator-suite.ts';

const SYMBOLS = 500;
const TICKS_PER_SYMBOL = 400;
const KEYS = ['sma20', 'ema12', 'ema26', 'rsi14', 'macd12-26-9', 'bollinger20-2'];

/** The same random walk for both sides. */
function walk(): Float64Array {
  const prices = new Float64Array(SYMBOLS * TICKS_PER_SYMBOL);
  let seed = 1;
  for (let at = 0; at < prices.length; at++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    prices[at] = (at < SYMBOLS ? 100 : (prices[at - SYMBOLS] ?? 100)) * (1 + (seed / 2 ** 32 - 0.5) / 500);
  }
  return prices;
}

export const indicatorsSix500: Benchmark = {
  name: 'indicators-six-500',
  goal: '>= 6x',
  isMet: (result) => (result.ratio ?? 0) >= 6,
  skipReason: () => null,
  async run() {
    const prices = walk();
    let sum = 0;
    const subject = (): void => {
      const suites = Array.from({ length: SYMBOLS }, () => createIndicatorSuite(KEYS));
      const row = new Float64Array(suites[0]?.columns.length ?? 0);
      for (let at = 0; at < prices.length; at++) {
        const suite = suites[at % SYMBOLS];
        suite?.add(prices[at] ?? 0);
        suite?.write(row, 0);
        sum += row[0] ?? 0;
      }
    };
    const baseline = (): void => {
      const suites = Array.from({ length: SYMBOLS }, () => [
        new SMA(20),
        new EMA(12),
        new EMA(26),
        new RSI(14, WSMA),
        new MACD(new EMA(12), new EMA(26), new EMA(9)),
        new BollingerBands(20, 2),
      ]);
      for (let at = 0; at < prices.length; at++) {
        const price = prices[at] ?? 0;
        for (const indicator of suites[at % SYMBOLS] ?? []) {
          indicator.add(price);
          if (indicator.isStable) sum += indicator.getResult() === null ? 0 : 1;
        }
      }
    };
    const seconds = await compareSeconds(7, subject, baseline);
    if (!Number.isFinite(sum)) sum = 0;
    const ticks = prices.length;
    return {
      value: (seconds.subject / ticks) * 1e9,
      unit: 'ns per tick',
      baseline: 'trading-signals 8.3.0',
      baselineValue: (seconds.baseline / ticks) * 1e9,
      ratio: seconds.baseline / seconds.subject,
      conditions: `${SYMBOLS} symbols in turn, ${ticks} ticks, one interval, every value read after every tick, median of 7`,
    };
  },
};
