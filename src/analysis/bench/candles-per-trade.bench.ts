import type { Trade } from '../../market/index.ts';
import { type Benchmark, compareSeconds } from '../../testing/benchmark.ts';
import { createCandleBuilder } from '../candles/candle-book.ts';
import { DEFAULT_CANDLE_OPTIONS } from '../candles/candle-builder.ts';

const SYMBOLS = 500;
const TRADES_PER_SECOND = 5_000;
/** One minute, so that every run closes and opens as many candles. */
const TRADES_PER_RUN = 60 * TRADES_PER_SECOND;
const RUNS = 5;
/** Half a second of the 50,000 trades a second that the embedded pipeline is to reach. */
const TRADES_PER_DRAIN = 25_000;
const START_MS = Date.UTC(2026, 6, 13, 13, 30);

/** One stream of trades in stretches of a minute. */
function tradeMinutes(count: number): readonly (readonly Trade[])[] {
  const symbols = Array.from({ length: SYMBOLS }, (_, index) => `SYM${index}`);
  let seed = 1;
  const tradeAt = (index: number): Trade => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const timeMs = START_MS + Math.floor((index * 1000) / TRADES_PER_SECOND);
    return {
      type: 'trade',
      symbol: symbols[(seed >>> 8) % SYMBOLS] ?? '',
      timeMs,
      nanosOfMs: 0,
      source: 'mock',
      provider: 'mock',
      receivedMs: timeMs,
      price: 100 + (seed % 1000) / 100,
      size: 1 + (seed % 500),
      id: String(index),
      exchange: 'M',
      tape: 'C',
      conditions: [],
      sequence: null,
    };
  };
  return Array.from({ length: count }, (_, minute) =>
    Array.from({ length: TRADES_PER_RUN }, (__, offset) => tradeAt(minute * TRADES_PER_RUN + offset)),
  );
}

interface BareCandle {
  minuteMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

function bareLoop(candles: Map<string, BareCandle>, events: readonly Trade[]): void {
  for (const { symbol, timeMs, price, size } of events) {
    const minuteMs = Math.floor(timeMs / 60_000) * 60_000;
    const candle = candles.get(symbol);
    if (candle?.minuteMs !== minuteMs) {
      candles.set(symbol, { minuteMs, open: price, high: price, low: price, close: price, volume: size });
      continue;
    }
    if (price > candle.high) candle.high = price;
    if (price < candle.low) candle.low = price;
    candle.close = price;
    candle.volume += size;
  }
}

/** Both live on from run to run, as they do in the program: each run is the next minute of the stream. */
function contestants(minutes: readonly (readonly Trade[])[]): {
  readonly subject: () => void;
  readonly baseline: () => void;
} {
  const builder = createCandleBuilder({ ...DEFAULT_CANDLE_OPTIONS, calendarOf: () => 'always-open' });
  const subjectMinutes = minutes.values();
  const bareCandles = new Map<string, BareCandle>();
  const baselineMinutes = minutes.values();
  return {
    subject() {
      let count = 0;
      for (const event of subjectMinutes.next().value ?? []) {
        builder.add(event);
        if (++count % TRADES_PER_DRAIN === 0) builder.drain();
      }
    },
    baseline() {
      bareLoop(bareCandles, baselineMinutes.next().value ?? []);
    },
  };
}

export const candlesPerTrade: Benchmark = {
  name: 'candles-per-trade',
  goal: '>= 0.25x',
  isMet: (result) => (result.ratio ?? 0) >= 0.25,
  skipReason: () => null,
  async run() {
    const minutes = tradeMinutes(RUNS + 1);
    const [warmUp, measured] = [contestants(minutes), contestants(minutes)];
    await compareSeconds(RUNS, warmUp.subject, warmUp.baseline);
    const seconds = await compareSeconds(RUNS, measured.subject, measured.baseline);
    return {
      value: TRADES_PER_RUN / seconds.subject,
      unit: 'trades/s',
      baseline: 'a bare loop keeping 1m OHLCV in a Map',
      baselineValue: TRADES_PER_RUN / seconds.baseline,
      ratio: seconds.baseline / seconds.subject,
      conditions:
        `${SYMBOLS} symbols, ${TRADES_PER_SECOND} trades a second of exchange time, candles of 1m 5m 15m 1h 1d taken every ` +
        `${TRADES_PER_DRAIN} trades, repeats detected, exact sums, prints kept for corrections, median of ${RUNS} minutes ` +
        `of ${TRADES_PER_RUN} trades, one after the other on one builder, the whole once before to warm up`,
    };
  },
};
