import { expect, it } from 'vitest';
import type { Bar, Candle, Trade } from '../../market/index.ts';
import { createCandleBuilder } from './candle-book.ts';
import { type CandleBuilder, type CandleBuilderOptions, DEFAULT_CANDLE_OPTIONS } from './candle-builder.ts';

const at = (text: string): number => Date.parse(`2026-07-13T${text}Z`);
const NEXT_MORNING_MS = Date.parse('2026-07-14T08:00:00Z');
/** Drains after which what nothing has touched is let go of, with some to spare. */
const IDLE_DRAINS = 96;
/** Drains within which a restarted builder asks for what waits. */
const SETTLING_DRAINS = 20;
const OPTIONS: CandleBuilderOptions = { ...DEFAULT_CANDLE_OPTIONS, calendarOf: () => 'us-equities' };
const origin = { symbol: 'ACME', nanosOfMs: 0, provider: 'alpaca', receivedMs: NEXT_MORNING_MS } as const;

function trade(time: string, price: number): Trade {
  const venue = { exchange: 'V', tape: 'C', conditions: ['@'], sequence: null };
  return { type: 'trade', ...origin, source: 'live', timeMs: at(time), price, size: 100, id: time, ...venue };
}

function bar(time: string, price: number): Bar {
  const prices = { open: price, high: price, low: price, close: price };
  const sums = { volume: 1_000, vwap: price, tradeCount: 10, isUpdate: false };
  return { type: 'bar', ...origin, source: 'backfill', timeMs: at(time), interval: '1m', ...prices, ...sums };
}

function drainTimes(builder: CandleBuilder, times: number): void {
  for (let drain = 0; drain < times; drain++) builder.drain();
}

/** A builder that has let go of the day of these prints. */
function builderWithout(trades: readonly Trade[]): CandleBuilder {
  const builder = createCandleBuilder(OPTIONS);
  for (const one of trades) builder.add(one);
  builder.advanceTo(NEXT_MORNING_MS);
  drainTimes(builder, IDLE_DRAINS);
  return builder;
}

/** The newest daily candle of what comes out, answering rebuilds from what is stored. */
function settledDay(builder: CandleBuilder, stored: readonly Trade[]): Candle | undefined {
  let day: Candle | undefined;
  for (let drain = 0; drain < SETTLING_DRAINS; drain++) {
    const { candles, rebuilds } = builder.drain();
    day = candles.find(({ interval }) => interval === '1d') ?? day;
    for (const request of rebuilds) builder.applyRebuild(request, stored, []);
  }
  expect(builder.drain()).toEqual({ candles: [], rebuilds: [] });
  return day;
}

it('keeps a day whole as long as one of its hours is in use', () => {
  const early = trade('14:40:00', 10);
  const late = trade('17:10:00', 12);
  const builder = builderWithout([early, late]);
  const first = trade('17:20:00', 13);
  builder.add(first);
  expect(settledDay(builder, [early, late, first])).toMatchObject({ open: 10, close: 13, volume: 300 });
  drainTimes(builder, 48);
  const second = trade('17:30:00', 14);
  builder.add(second);
  drainTimes(builder, 32);
  builder.add({ ...trade('17:40:00', 20), timeMs: NEXT_MORNING_MS });
  builder.drain();
  const third = trade('17:40:00', 15);
  builder.add(third);
  const day = settledDay(builder, [early, late, first, second, third]);
  expect(day).toMatchObject({ open: 10, close: 15, volume: 500, revision: 5 });
});

it('keeps a backfilled bar that waits for its day over a restart', () => {
  const stored = trade('14:40:00', 10);
  const builder = builderWithout([stored]);
  builder.addBar(bar('17:00:00', 12));
  builder.drain();
  const restarted = createCandleBuilder(OPTIONS, builder.toState());
  expect(settledDay(restarted, [stored])).toMatchObject({ close: 12, volume: 1_100 });
});

it('takes a backfilled bar of a day it has let go of, of which the store has nothing at that hour', () => {
  const stored = trade('14:40:00', 10);
  const builder = builderWithout([stored]);
  builder.addBar(bar('17:00:00', 12));
  expect(settledDay(builder, [stored])).toMatchObject({ open: 10, close: 12, volume: 1_100, tradeCount: 11 });
});
