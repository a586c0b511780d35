import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAlertEngine, createCandleBuilder, DEFAULT_CANDLE_OPTIONS } from '../../analysis/index.ts';
import type { BusBatch } from '../../bus/bus.ts';
import type { Candle, IndicatorSet, Trade } from '../../market/index.ts';
import { CLASSIC_PERIODS, CountedMetrics } from '../../testing/pipeline-fixture.ts';
import { tradeOf } from '../../testing/store-rows.ts';
import type { RoleContext } from '../role-context.ts';
import { CalendarBook } from './calendar-book.ts';
import { IndicatorBook } from './indicator-book.ts';
import { PartitionAnalysis } from './partition-analysis.ts';

const START_MS = Date.UTC(2026, 6, 13, 14);
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

/** An analysis, and what it has published. */
function openAnalysis() {
  const candles: Candle[] = [];
  const indicators: IndicatorSet[] = [];
  const publish = (topic: string, events: readonly (Candle & IndicatorSet)[]): Promise<void> => {
    if (topic === 'candles') candles.push(...events);
    if (topic === 'indicators') indicators.push(...events);
    return Promise.resolve();
  };
  const options = { dataset: 'live', bus: { publish }, metrics: new CountedMetrics() };
  const analysis = new PartitionAnalysis(0, { options } as unknown as RoleContext, {
    calendars: new CalendarBook({ instruments: () => Promise.resolve([]) }),
    builder: createCandleBuilder({ ...DEFAULT_CANDLE_OPTIONS, calendarOf: () => 'us-equities' }),
    indicators: new IndicatorBook(CLASSIC_PERIODS, new Set()),
    alerts: createAlertEngine({ indicatorKeys: { rsi: 'rsi14', volatility: 'volatility20' } }),
    positions: { trades: null, bars: null },
    delayMs: null,
  });
  return { analysis, candles, indicators };
}

function batchOf(trades: readonly Trade[], firstOffset: number): BusBatch {
  const records = trades.map((event, index) => ({ offset: firstOffset + index, event, key: event.symbol }));
  const place = { topic: 'trades', partition: 0, firstOffset, nextOffset: firstOffset + trades.length } as const;
  return { ...place, records, badRecords: [] };
}

/** In the middle of a minute, when the one before has closed. */
const middleOf = (minute: number): number => START_MS + (minute + 0.5) * MINUTE_MS;

function printAt(minute: number, claimedMs = middleOf(minute)): Trade {
  const receivedMs = middleOf(minute) + 50;
  const live = { source: 'live', provider: 'alpaca', conditions: ['@'] } as const;
  return tradeOf(minute, { ...live, timeMs: claimedMs, receivedMs, price: 100 + minute, id: `${minute} ${claimedMs}` });
}

/** A second later, so that every open candle is due. */
function tick(analysis: PartitionAnalysis): Promise<void> {
  vi.advanceTimersByTime(1_000);
  return analysis.tick(null, new Set());
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

it('goes on with the indicators of a symbol although one print claims to come from tomorrow', async () => {
  const { analysis, candles, indicators } = openAnalysis();
  const trades = Array.from({ length: 30 }, (_, minute) => printAt(minute));
  await analysis.apply(batchOf(trades, 0));
  await tick(analysis);
  await analysis.apply(batchOf([printAt(29, START_MS + DAY_MS)], 30));
  await tick(analysis);
  await analysis.apply(batchOf([printAt(30), printAt(31)], 31));
  await tick(analysis);
  expect(analysis.staleSeries).toEqual([]);
  expect(Math.max(...candles.map(({ openTimeMs }) => openTimeMs))).toBeLessThan(START_MS + DAY_MS / 2);
  const minutes = indicators.filter(({ interval, isClosed }) => interval === '1m' && isClosed);
  expect(minutes.at(-1)?.openTimeMs).toBe(START_MS + 30 * MINUTE_MS);

  await analysis.finish();
  const tomorrow = candles.filter(({ openTimeMs }) => openTimeMs >= START_MS + DAY_MS);
  expect(tomorrow.map(({ interval, isClosed }) => `${interval} ${isClosed}`).sort()).toEqual([
    '15m true',
    '1h true',
    '1m true',
    '5m true',
  ]);
});
