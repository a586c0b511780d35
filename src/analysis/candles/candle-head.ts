import { type Candle, INTERVALS } from '../../market/index.ts';
import {
  CLOSE,
  COUNT,
  DAY_OPEN,
  HIGH,
  LOW,
  NOTIONAL,
  OPEN,
  ORIGIN,
  REVISION,
  ROW_LENGTH,
  VOLUME,
  appendRow,
  candleOf,
  clearRow,
  copyRow,
  originOf,
} from './candle-row.ts';
import { sumOf } from './exact-sum.ts';

const DAY = INTERVALS.indexOf('1d');
const START_MS = ROW_LENGTH;
const END_MS = ROW_LENGTH + 1;
const STRIDE = ROW_LENGTH + 2;
const scratch = new Float64Array(ROW_LENGTH);

/**
 * The latest minute of a lane, and for each longer candle that holds it the sum of everything before: what nearly every
 * change needs and nothing else, in one array. Good as long as only that minute changes.
 */
export class CandleHead {
  minuteMs = Number.NaN;
  isDirty = false;
  /** By interval: the row of what comes before, empty for a minute; open time and end in milliseconds. */
  readonly #before = new Float64Array(INTERVALS.length * STRIDE);
  #rows: Float64Array = scratch;
  #rowAt = 0;

  /** Takes the head into use for a minute; `rows` holds the minute's own row, kept up to date by whoever folds its prints. */
  reset(minuteMs: number, rows: Float64Array, rowAt: number): void {
    this.minuteMs = minuteMs;
    this.isDirty = false;
    this.#rows = rows;
    this.#rowAt = rowAt;
    clearRow(this.#before, 0);
  }

  setBounds(interval: number, startMs: number, endMs: number): void {
    this.#before[interval * STRIDE + START_MS] = startMs;
    this.#before[interval * STRIDE + END_MS] = endMs;
  }

  setBefore(interval: number, row: Float64Array): void {
    copyRow(this.#before, interval * STRIDE, row, 0);
  }

  appendBefore(interval: number, row: Float64Array): void {
    appendRow(this.#before, interval * STRIDE, row, 0);
  }

  collect(symbol: string, watermarkMs: number, candles: Candle[]): void {
    this.isDirty = false;
    for (let interval = 0; interval < INTERVALS.length; interval++) {
      const candle = this.#priced(interval, symbol, watermarkMs) ?? this.#unpriced(interval, symbol, watermarkMs);
      if (candle !== null) candles.push(candle);
    }
  }

  /** What `appendRow` and `candleOf` would answer, without a row in between; null unless the minute has formed a price. */
  #priced(interval: number, symbol: string, watermarkMs: number): Candle | null {
    const rows = this.#rows;
    const at = this.#rowAt;
    const prices = at + (interval === DAY ? DAY_OPEN : OPEN);
    const close = rows[prices + CLOSE] ?? 0;
    const minuteHigh = rows[prices + HIGH] ?? 0;
    const minuteLow = rows[prices + LOW] ?? 0;
    if (!(minuteHigh >= minuteLow) || !(close === close)) return null;
    const before = this.#before;
    const beforeAt = interval * STRIDE;
    const beforePrices = beforeAt + (interval === DAY ? DAY_OPEN : OPEN);
    const open = before[beforePrices + OPEN] ?? 0;
    const high = before[beforePrices + HIGH] ?? 0;
    const low = before[beforePrices + LOW] ?? 0;
    const volume = sumOf(before, beforeAt + VOLUME, rows, at + VOLUME);
    const vwap = volume > 0 ? sumOf(before, beforeAt + NOTIONAL, rows, at + NOTIONAL) / volume : Number.NaN;
    const origin = rows[at + ORIGIN] ?? 0;
    const beforeOrigin = before[beforeAt + ORIGIN] ?? 0;
    return {
      symbol,
      interval: INTERVALS[interval] ?? '1m',
      openTimeMs: before[beforeAt + START_MS] ?? 0,
      open: open === open ? open : (rows[prices + OPEN] ?? 0),
      high: high >= minuteHigh ? high : minuteHigh,
      low: low <= minuteLow ? low : minuteLow,
      close,
      volume,
      vwap: vwap === vwap ? vwap : null,
      tradeCount: (before[beforeAt + COUNT] ?? 0) + (rows[at + COUNT] ?? 0),
      revision: (before[beforeAt + REVISION] ?? 0) + (rows[at + REVISION] ?? 0),
      isClosed: (before[beforeAt + END_MS] ?? 0) <= watermarkMs,
      source: originOf(beforeOrigin > origin ? beforeOrigin : origin),
    };
  }

  #unpriced(interval: number, symbol: string, watermarkMs: number): Candle | null {
    const beforeAt = interval * STRIDE;
    copyRow(scratch, 0, this.#before, beforeAt);
    appendRow(scratch, 0, this.#rows, this.#rowAt);
    const isClosed = (this.#before[beforeAt + END_MS] ?? 0) <= watermarkMs;
    const openTimeMs = this.#before[beforeAt + START_MS] ?? 0;
    const source = originOf(scratch[ORIGIN] ?? 0);
    return candleOf(scratch, symbol, INTERVALS[interval] ?? '1m', openTimeMs, isClosed, source);
  }
}
