import type { Candle, IndicatorSet } from '../market/index.ts';
import { BinaryRows } from './binary-rows.ts';
import { sqlJson } from './sql-values.ts';

export const CANDLE_COLUMNS =
  'open_time, symbol, interval, source, open, high, low, close, volume, vwap, trade_count, revision, is_closed';
const CANDLE_COLUMN_COUNT = 13;
const CANDLE_ROW_BYTES = 180;

export const INDICATOR_COLUMNS = 'open_time, symbol, interval, revision, is_closed, values';
const INDICATOR_COLUMN_COUNT = 6;
const INDICATOR_ROW_BYTES = 400;

/** Of several states of one thing the newest: a higher revision, or the same one closed. */
function newestByKey<T extends { readonly revision: number; readonly isClosed: boolean }>(
  states: readonly T[],
  keyOf: (state: T) => string,
): readonly T[] {
  const newest = new Map<string, T>();
  for (const state of states) {
    const key = keyOf(state);
    const known = newest.get(key);
    const isNewer =
      known === undefined ||
      state.revision > known.revision ||
      (state.revision === known.revision && state.isClosed && !known.isClosed);
    if (isNewer) newest.set(key, state);
  }
  return newest.size === states.length ? states : [...newest.values()];
}

/** One statement may touch a row once: earlier states within a batch are passed over. */
export function newestCandles(candles: readonly Candle[]): readonly Candle[] {
  return newestByKey(candles, (candle) => `${candle.openTimeMs} ${candle.symbol} ${candle.interval} ${candle.source}`);
}

export function newestIndicators(sets: readonly IndicatorSet[]): readonly IndicatorSet[] {
  return newestByKey(sets, (set) => `${set.openTimeMs} ${set.symbol} ${set.interval}`);
}

export function encodeCandles(candles: readonly Candle[]): Uint8Array {
  const rows = new BinaryRows(candles.length * CANDLE_ROW_BYTES);
  for (const candle of candles) {
    rows.startRow(CANDLE_COLUMN_COUNT);
    rows.timestamptz(candle.openTimeMs);
    rows.text(candle.symbol);
    rows.text(candle.interval);
    rows.text(candle.source);
    rows.float8(candle.open);
    rows.float8(candle.high);
    rows.float8(candle.low);
    rows.float8(candle.close);
    rows.float8(candle.volume);
    if (candle.vwap === null) rows.null();
    else rows.float8(candle.vwap);
    rows.int8(candle.tradeCount);
    rows.int8(candle.revision);
    rows.bool(candle.isClosed);
  }
  return rows.finish();
}

export function encodeIndicators(sets: readonly IndicatorSet[]): Uint8Array {
  const rows = new BinaryRows(sets.length * INDICATOR_ROW_BYTES);
  for (const set of sets) {
    rows.startRow(INDICATOR_COLUMN_COUNT);
    rows.timestamptz(set.openTimeMs);
    rows.text(set.symbol);
    rows.text(set.interval);
    rows.int8(set.revision);
    rows.bool(set.isClosed);
    rows.jsonb(sqlJson(set.values));
  }
  return rows.finish();
}

/** When a state coming in (`excluded`) is newer than the stored one. */
export const IS_NEWER = (table: string): string =>
  `${table}.revision < excluded.revision
    OR (${table}.revision = excluded.revision AND excluded.is_closed AND NOT ${table}.is_closed)`;

export const MERGE_CANDLES = `INSERT INTO candles (${CANDLE_COLUMNS}) SELECT ${CANDLE_COLUMNS} FROM incoming_candles
  ON CONFLICT (open_time, symbol, interval, source) DO UPDATE SET
    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume,
    vwap = excluded.vwap, trade_count = excluded.trade_count, revision = excluded.revision, is_closed = excluded.is_closed,
    restated = CASE WHEN candles.is_closed THEN coalesce(candles.restated, 0) + 1 ELSE candles.restated END
  WHERE ${IS_NEWER('candles')}`;

export const MERGE_INDICATORS = `INSERT INTO indicators (${INDICATOR_COLUMNS})
  SELECT ${INDICATOR_COLUMNS} FROM incoming_indicators
  ON CONFLICT (open_time, symbol, interval) DO UPDATE SET
    revision = excluded.revision, is_closed = excluded.is_closed, values = excluded.values
  WHERE ${IS_NEWER('indicators')}`;

export interface CandleRow {
  readonly open_time: number;
  readonly symbol: string;
  readonly interval: Candle['interval'];
  readonly source: Candle['source'];
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly vwap: number | null;
  readonly trade_count: number;
  readonly revision: number;
  readonly is_closed: boolean;
}

export function candleOf(row: CandleRow): Candle {
  return {
    symbol: row.symbol,
    interval: row.interval,
    openTimeMs: row.open_time,
    open: row.open,
    high: row.high,
    low: row.low,
    close: row.close,
    volume: row.volume,
    vwap: row.vwap,
    tradeCount: row.trade_count,
    revision: row.revision,
    isClosed: row.is_closed,
    source: row.source,
  };
}

export interface IndicatorRow {
  readonly open_time: number;
  readonly symbol: string;
  readonly interval: IndicatorSet['interval'];
  readonly revision: number;
  readonly is_closed: boolean;
  readonly values: Readonly<Record<string, number>>;
}

export function indicatorSetOf(row: IndicatorRow): IndicatorSet {
  return {
    symbol: row.symbol,
    interval: row.interval,
    openTimeMs: row.open_time,
    revision: row.revision,
    isClosed: row.is_closed,
    values: row.values,
  };
}
