import { candleRowLength, type ChartUpdate } from '../../contract/index.ts';
import { type Candle, type Interval, isWithdrawn, TapedeckError } from '../../market/index.ts';
import type { CandleHistory } from './candle-history.ts';
import { mergeCandle } from '../candles/candle-list.ts';
import { createIndicatorStream, type IndicatorStream, warmUpCandles } from './chart-indicators.ts';
import type { ChartWish } from './desk-session.ts';

/** Candles kept beyond the warm-up; a change further back makes the client load its range again. */
const LIVE_CANDLES = 120;
const MAX_ROWS_PER_UPDATE = 64;
/** Sent with the first update: the client may have asked for its range a moment before. */
const FIRST_ROWS = 3;
const RELOAD_SPACING_MS = 1_000;

/**
 * One chart of one client: the candles behind its right edge, with the same indicators over the same warm-up as
 * `CandleHistory.range`, so that a live row continues the loaded ones without a jump.
 */
export class ChartSeries {
  readonly symbol: string;
  readonly #wish: ChartWish;
  readonly #capacity: number;
  #candles: Candle[] = [];
  #early: Candle[] | null = [];
  #stream: IndicatorStream;
  /** How many candles the stream has taken in; the last of them may still be replaced. */
  #streamed = 0;
  /** Columns of the streamed candles that a client may still lack, by index. */
  #values: Float64Array[] = [];
  /** Index of the first candle that the client lacks; `#candles.length` when it has all. */
  #changedFrom = 0;
  #needsReload = false;
  #reloadedMs = Number.NEGATIVE_INFINITY;
  #isSettling = false;

  /** Throws `bad-input` on an unknown indicator. */
  constructor(wish: ChartWish) {
    this.symbol = wish.symbol;
    this.#wish = wish;
    this.#capacity = warmUpCandles(wish.indicators) + LIVE_CANDLES;
    this.#stream = createIndicatorStream(wish.indicators);
  }

  get interval(): Interval {
    return this.#wish.interval;
  }

  /** Loads what lies behind the right edge; candles that arrive meanwhile are kept. Throws what the store throws. */
  async seed(history: CandleHistory): Promise<void> {
    const candles = await history.latest(this.symbol, this.interval, null, this.#capacity);
    for (const candle of this.#early ?? []) mergeCandle(candles, candle);
    this.#early = null;
    this.#candles = candles.filter((candle) => !isWithdrawn(candle));
    this.#changedFrom = Math.max(0, this.#candles.length - FIRST_ROWS);
  }

  matches(wish: ChartWish): boolean {
    const mine = this.#wish;
    return (
      mine.chartId === wish.chartId &&
      mine.symbol === wish.symbol &&
      mine.interval === wish.interval &&
      mine.indicators.length === wish.indicators.length &&
      mine.indicators.every((key, index) => key === wish.indicators[index])
    );
  }

  get hasUpdate(): boolean {
    return this.#early === null && (this.#changedFrom < this.#candles.length || this.#needsReload);
  }

  /** True when the client now lacks something. */
  apply(candle: Candle): boolean {
    if (candle.symbol !== this.symbol || candle.interval !== this.interval) return false;
    if (this.#early !== null) {
      mergeCandle(this.#early, candle);
      return false;
    }
    const first = this.#candles[0];
    if (first !== undefined && candle.openTimeMs < first.openTimeMs && this.#candles.length >= this.#capacity) {
      this.#needsReload = true;
      return true;
    }
    const index = mergeCandle(this.#candles, candle);
    if (index === -1) return false;
    if (isWithdrawn(candle)) return this.#withdraw(index);
    if (index < this.#streamed - 1) this.#restart();
    this.#changedFrom = Math.min(this.#changedFrom, index);
    return true;
  }

  /** Sends the client to the store once more, when `persist` has written what an earlier reload came for. */
  settle(): void {
    this.#needsReload = true;
    this.#isSettling = true;
  }

  /**
   * What the client lacks, or null; afterwards it is taken to have it. `onUnsettled` is called when it is sent to a store
   * that may not have everything yet: `settle` should follow.
   */
  takeUpdate(onUnsettled: () => void = () => undefined): ChartUpdate | null {
    if (!this.hasUpdate) return null;
    this.#advanceStream();
    const isTooMuch = this.#candles.length - this.#changedFrom > MAX_ROWS_PER_UPDATE;
    this.#needsReload ||= isTooMuch;
    const needsReload = this.#needsReload && this.#mayReload();
    const from = Math.max(this.#changedFrom, this.#candles.length - MAX_ROWS_PER_UPDATE);
    const values = this.#rows(from);
    this.#changedFrom = this.#candles.length;
    if (needsReload) {
      this.#needsReload = false;
      if (!this.#isSettling) onUnsettled();
      this.#isSettling = false;
    }
    this.#trim();
    if (values.length === 0 && !needsReload) return null;
    return { chartId: this.#wish.chartId, needsReload, indicatorCount: this.#wish.indicators.length, values };
  }

  /** A row cannot say that it is gone; the client loads what stands. */
  #withdraw(index: number): boolean {
    this.#candles.splice(index, 1);
    this.#restart();
    this.#changedFrom = Math.min(this.#changedFrom, this.#candles.length);
    this.#needsReload = true;
    return true;
  }

  #mayReload(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#reloadedMs < RELOAD_SPACING_MS) return false;
    this.#reloadedMs = nowMs;
    return true;
  }

  #restart(): void {
    this.#stream = createIndicatorStream(this.#wish.indicators);
    this.#streamed = 0;
    this.#values = [];
  }

  #advanceStream(): void {
    const newest = this.#candles[this.#streamed - 1];
    if (newest !== undefined && this.#changedFrom < this.#streamed) {
      this.#stream.replace(newest);
      this.#values[this.#streamed - 1] = this.#stream.values();
    }
    while (this.#streamed < this.#candles.length) {
      const candle = this.#candles[this.#streamed];
      if (candle === undefined) throw new TapedeckError('internal', 'a chart lost a candle');
      this.#stream.add(candle);
      this.#values[this.#streamed] = this.#stream.values();
      this.#streamed += 1;
    }
  }

  #rows(from: number): Float64Array {
    const rowLength = candleRowLength(this.#wish.indicators.length);
    const rows = new Float64Array((this.#candles.length - from) * rowLength);
    for (let index = from, at = 0; index < this.#candles.length; index++, at += rowLength) {
      const candle = this.#candles[index];
      if (candle === undefined) continue;
      rows[at] = candle.openTimeMs;
      rows[at + 1] = candle.open;
      rows[at + 2] = candle.high;
      rows[at + 3] = candle.low;
      rows[at + 4] = candle.close;
      rows[at + 5] = candle.volume;
      rows[at + 6] = candle.revision;
      rows[at + 7] = !candle.isClosed ? 0 : candle.source === 'backfill' ? 2 : 1;
      rows.set(this.#values[index] ?? [], at + 8);
    }
    return rows;
  }

  /** Only counted off in steps, because every candle of the arrays moves. */
  #trim(): void {
    const surplus = this.#candles.length - this.#capacity;
    if (surplus < LIVE_CANDLES) return;
    this.#candles.splice(0, surplus);
    this.#values.splice(0, surplus);
    this.#streamed -= surplus;
    this.#changedFrom = this.#candles.length;
  }
}
