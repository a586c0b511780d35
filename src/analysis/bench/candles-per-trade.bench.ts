import type { Trade } from '../../market/index.ts';
import { type Benchmark, compareSeconds } from '../../testing/benchmark.ts';
import { createCandleBuilder } from '../candles/candle-book.ts';
import { DEFAULT_CANDLE_OPTIONS } from '../candles/candle-builder.ts';

const SYMBOLS = 500;
const TRADES = 1_000_000;
const TRADES_PER_SECOND = 5_000;
/** Half a second of the 50,000 trades a second that the embedded pipeline is to reach. */
const TRADES_PER_DRAIN = 25_000;
const START_MS = Date.UTC(2026, 6, 13, 13, 30);

function trades(): readonly Trade[] {
  const symbols = Array.from({ length: SYMBOLS }, (_, index) => `SYM${index}`);
  let seed = 1;
  return Array.from({ length: TRADES }, (_, index): Trade => {
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
  });
}

interface BareCandle {
  minuteMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

function bareLoop(events: readonly Trade[]): number {
  const candles = new Map<string, BareCandle>();
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
  return candles.size;
}

export const candlesPerTrade: Benchmark = {
  name: 'candles-per-trade',
  goal: '>= 0.25x',
  isMet: (result) => (result.ratio ?? 0) >= 0.25,
  skipReason: () => null,
  async run() {
    const events = trades();
    let candleCount = 0;
    const subject = (): void => {
      const builder = createCandleBuilder({ ...DEFAULT_CANDLE_OPTIONS, calendarOf: () => 'always-open' });
      for (let at = 0; at < events.length; at++) {
        const event = events[at];
        if (event !== undefined) builder.add(event);
        if ((at + 1) % TRADES_PER_DRAIN === 0) candleCount += builder.drain().candles.length;
      }
    };
    const seconds = await compareSeconds(5, subject, () => {
      candleCount += bareLoop(events);
    });
    return {
      value: TRADES / seconds.subject,
      unit: 'trades/s',
      baseline: 'a bare loop keeping 1m OHLCV in a Map',
      baselineValue: TRADES / seconds.baseline,
      ratio: seconds.baseline / seconds.subject,
      conditions:
        `${SYMBOLS} symbols, ${TRADES} trades at ${TRADES_PER_SECOND} a second of exchange time, candles of 1m 5m 15m 1h 1d taken ` +
        `every ${TRADES_PER_DRAIN} trades, repeats detected, exact sums, prints kept for corrections, median of 5`,
    };
  },
};
