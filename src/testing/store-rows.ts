import { createHash } from 'node:crypto';
import type { Alert, Candle, IndicatorSet, Trade, TradeCancel, TradeCorrection, TradeEvent } from '../market/index.ts';
import type { PersistBatch, PositionKey, TradeRecord } from '../store/index.ts';

export const BASE_MS = Date.UTC(2026, 6, 13, 13, 45);

export function tradeOf(index: number, changes: Partial<Trade> = {}): Trade {
  return {
    type: 'trade',
    symbol: 'AAPL',
    timeMs: BASE_MS + index,
    nanosOfMs: 34_501,
    price: 100 + index / 8,
    size: 100,
    id: String(index),
    exchange: 'V',
    tape: 'C',
    conditions: ['@', 'I'],
    sequence: index,
    source: 'mock',
    provider: 'mock',
    receivedMs: BASE_MS + index + 5,
    ...changes,
  };
}

export function correctionOf(originalId: string, changes: Partial<TradeCorrection> = {}): TradeCorrection {
  return {
    type: 'correction',
    symbol: 'AAPL',
    timeMs: BASE_MS + 60_000,
    nanosOfMs: 1,
    source: 'mock',
    provider: 'mock',
    receivedMs: BASE_MS + 60_001,
    exchange: 'V',
    tape: 'C',
    originalId,
    id: `${originalId}-corrected`,
    price: 50,
    size: 7,
    conditions: ['@'],
    ...changes,
  };
}

export function cancelOf(originalId: string, changes: Partial<TradeCancel> = {}): TradeCancel {
  return {
    type: 'cancel',
    symbol: 'AAPL',
    timeMs: BASE_MS + 120_000,
    nanosOfMs: 2,
    source: 'mock',
    provider: 'mock',
    receivedMs: BASE_MS + 120_001,
    exchange: 'V',
    tape: 'C',
    originalId,
    ...changes,
  };
}

export function candleOf(changes: Partial<Candle> = {}): Candle {
  return {
    symbol: 'AAPL',
    interval: '1m',
    openTimeMs: BASE_MS,
    open: 100,
    high: 102,
    low: 99.5,
    close: 101.25,
    volume: 1234,
    vwap: 100.75,
    tradeCount: 3,
    revision: 3,
    isClosed: false,
    source: 'mock',
    ...changes,
  };
}

export function indicatorSetOf(candle: Candle, values: IndicatorSet['values'] = { sma20: 100.5 }): IndicatorSet {
  const { symbol, interval, openTimeMs, revision, isClosed } = candle;
  return { symbol, interval, openTimeMs, revision, isClosed, values };
}

export function alertOf(index: number, changes: Partial<Alert> = {}): Alert {
  return {
    id: `alert-${index}`,
    ruleId: 'rule-1',
    symbol: 'AAPL',
    condition: { kind: 'price-above', price: 100 },
    timeMs: BASE_MS + index,
    price: 100.5,
    value: 100.5,
    message: 'AAPL above 100.00: 100.50',
    ...changes,
  };
}

export function positionOf(partition: number, consumer = 'persist'): PositionKey {
  return { clusterId: 'cluster', consumer, topic: 'stock-trades', partition };
}

export function emptyBatch(position: PositionKey, expectedOffset: number | null, nextOffset: number): PersistBatch {
  return {
    position,
    expectedOffset,
    nextOffset,
    trades: [],
    candles: [],
    indicators: [],
    alerts: [],
    deadLetters: [],
  };
}

/** The events as they stand on the bus, one after the other. */
export function recordsOf<E extends TradeEvent>(events: readonly E[], firstOffset = 0): readonly TradeRecord<E>[] {
  return events.map((event, index) => ({ offset: firstOffset + index, event }));
}

/** What no compression makes short enough for an index. */
export function incompressibleText(characters: number): string {
  const digest = (index: number): string => createHash('sha512').update(String(index)).digest('hex');
  return Array.from({ length: Math.ceil(characters / 128) }, (_, index) => digest(index))
    .join('')
    .slice(0, characters);
}
