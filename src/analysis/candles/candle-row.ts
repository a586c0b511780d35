import type { Candle, CandleSource, EventSource, Interval } from '../../market/index.ts';
import { addSum, sumValue } from './exact-sum.ts';

/** A candle in the making is `ROW_LENGTH` neighbouring numbers; prices are NaN until a print has formed one. */
export const OPEN = 0;
export const HIGH = 1;
export const LOW = 2;
export const CLOSE = 3;
/** The same four from prints that count for the daily candle. */
export const DAY_OPEN = 4;
export const DAY_HIGH = 5;
export const DAY_LOW = 6;
/** Exact sums, two slots each. */
export const VOLUME = 8;
/** Price times size. NaN once a bar without VWAP went in: then nobody knows. */
export const NOTIONAL = 10;
export const COUNT = 12;
export const REVISION = 13;
/** `originCode` of the prints that went in; 0 when only backfilled bars did. */
export const ORIGIN = 14;
/** A price that a cancel or correction took away; NaN if none did. */
export const TAKEN_PRICE = 15;
export const ROW_LENGTH = 16;

const ORIGINS: readonly EventSource[] = ['backfill', 'replay', 'mock', 'live'];

/** Above 0; a candle of mixed prints carries the highest. */
export function originCode(source: EventSource): number {
  // A search of the list for every print would cost as much as keeping the print.
  if (source === 'live') return 4;
  if (source === 'mock') return 3;
  return source === 'replay' ? 2 : 1;
}

export function originOf(code: number): EventSource {
  return ORIGINS[code - 1] ?? 'backfill';
}

export function clearRow(row: Float64Array, at: number): void {
  // Loops: the built-in fill and set cost more than the 16 numbers of a row.
  for (let slot = at; slot < at + VOLUME; slot++) row[slot] = Number.NaN;
  for (let slot = at + VOLUME; slot < at + TAKEN_PRICE; slot++) row[slot] = 0;
  row[at + TAKEN_PRICE] = Number.NaN;
}

export function copyRow(row: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  for (let slot = 0; slot < ROW_LENGTH; slot++) row[at + slot] = from[fromAt + slot] ?? 0;
}

/** Appends a later stretch of time to a row. */
export function appendRow(row: Float64Array, at: number, later: Float64Array, laterAt: number): void {
  if ((later[laterAt + REVISION] ?? 0) === 0) return;
  appendPrices(row, at + OPEN, later, laterAt + OPEN);
  appendPrices(row, at + DAY_OPEN, later, laterAt + DAY_OPEN);
  addSum(row, at + VOLUME, later, laterAt + VOLUME);
  addSum(row, at + NOTIONAL, later, laterAt + NOTIONAL);
  row[at + COUNT] = (row[at + COUNT] ?? 0) + (later[laterAt + COUNT] ?? 0);
  row[at + REVISION] = (row[at + REVISION] ?? 0) + (later[laterAt + REVISION] ?? 0);
  row[at + ORIGIN] = Math.max(row[at + ORIGIN] ?? 0, later[laterAt + ORIGIN] ?? 0);
  if (Number.isNaN(row[at + TAKEN_PRICE] ?? 0)) row[at + TAKEN_PRICE] = later[laterAt + TAKEN_PRICE] ?? Number.NaN;
}

function appendPrices(row: Float64Array, at: number, later: Float64Array, laterAt: number): void {
  const high = later[laterAt + HIGH] ?? Number.NaN;
  const low = later[laterAt + LOW] ?? Number.NaN;
  // Out-of-sequence prints widen the range of a candle that others opened.
  if (!Number.isNaN(high) && !((row[at + HIGH] ?? 0) >= high)) row[at + HIGH] = high;
  if (!Number.isNaN(low) && !((row[at + LOW] ?? 0) <= low)) row[at + LOW] = low;
  const close = later[laterAt + CLOSE] ?? Number.NaN;
  if (Number.isNaN(close)) return;
  if (Number.isNaN(row[at + OPEN] ?? 0)) row[at + OPEN] = later[laterAt + OPEN] ?? Number.NaN;
  row[at + CLOSE] = close;
}

/** Null while no print has formed a price; withdrawn (`isWithdrawn`) when none is left. */
export function candleOf(
  row: Float64Array,
  symbol: string,
  interval: Interval,
  openTimeMs: number,
  isClosed: boolean,
  source: CandleSource,
): Candle | null {
  const prices = interval === '1d' ? DAY_OPEN : OPEN;
  const close = row[prices + CLOSE] ?? Number.NaN;
  if (Number.isNaN(close)) return withdrawnCandle(row, symbol, interval, openTimeMs, isClosed, source);
  const volume = sumValue(row, VOLUME);
  const vwap = volume > 0 ? sumValue(row, NOTIONAL) / volume : Number.NaN;
  return {
    symbol,
    interval,
    openTimeMs,
    open: row[prices + OPEN] ?? close,
    high: row[prices + HIGH] ?? close,
    low: row[prices + LOW] ?? close,
    close,
    volume,
    vwap: Number.isNaN(vwap) ? null : vwap,
    tradeCount: row[COUNT] ?? 0,
    revision: row[REVISION] ?? 0,
    isClosed,
    source,
  };
}

function withdrawnCandle(
  row: Float64Array,
  symbol: string,
  interval: Interval,
  openTimeMs: number,
  isClosed: boolean,
  source: CandleSource,
): Candle | null {
  const price = row[TAKEN_PRICE] ?? Number.NaN;
  if (Number.isNaN(price)) return null;
  const prices = { open: price, high: price, low: price, close: price };
  const sums = { volume: 0, vwap: null, tradeCount: 0, revision: row[REVISION] ?? 0 };
  return { symbol, interval, openTimeMs, ...prices, ...sums, isClosed, source };
}
