import { type CandleColumns, candleRowLength, type ChartUpdate } from '../../../contract/index.ts';

/** How many candles a window keeps; beyond that the oldest go. */
export const MAX_CANDLES = 40_000;

/**
 * The candles of one chart as columns, ascending by open time. A candle's place is a whole number that never changes: older
 * ones that are loaded later get smaller (also negative) places. Two states of one candle merge by the higher revision.
 */
export class CandleHistory {
  readonly openTimeMs: number[] = [];
  readonly open: number[] = [];
  readonly high: number[] = [];
  readonly low: number[] = [];
  readonly close: number[] = [];
  readonly volume: number[] = [];
  readonly revision: number[] = [];
  readonly isClosed: boolean[] = [];
  /** Open times of candles that a backfill made. */
  readonly backfilledMs = new Set<number>();
  /** One column per key asked for; NaN until warmed up. */
  readonly indicators: readonly number[][];
  private readonly keys: readonly string[];
  /** Place of the first candle. */
  private base = 0;
  private isMoreStored = true;

  constructor(indicatorKeys: readonly string[]) {
    this.keys = indicatorKeys;
    this.indicators = indicatorKeys.map(() => []);
  }

  get length(): number {
    return this.openTimeMs.length;
  }

  /** Whether there are older candles to be had, and room for them. */
  get hasMore(): boolean {
    return this.isMoreStored && this.length < MAX_CANDLES;
  }

  get firstPlace(): number {
    return this.base;
  }

  /** One before `firstPlace` while empty. */
  get lastPlace(): number {
    return this.base + this.length - 1;
  }

  /** Array index of a place; may lie outside of the arrays. */
  indexOf(place: number): number {
    return place - this.base;
  }

  /**
   * Puts the latest candles in. What is older stays if the first of them is known, because only then nothing is missing between;
   * else it goes, as it does for history that was filled in meanwhile and reaches further back. From that first one on only what
   * was loaded stands. Answers how places hold: `joined` all do, `anchored` those that are left do, `moved` none does.
   */
  load(columns: CandleColumns): 'joined' | 'anchored' | 'moved' {
    const firstMs = columns.openTimeMs[0];
    const isJoining = firstMs !== undefined && this.openTimeMs.includes(firstMs);
    const isFromStart = firstMs === this.openTimeMs[0];
    const anchor = { timeMs: this.openTimeMs.at(-1), place: this.lastPlace };
    if (!isJoining) this.clear();
    else this.keepOnly(columns.openTimeMs);
    if (!isJoining || isFromStart) this.isMoreStored = columns.hasMore;
    const row = new Float64Array(candleRowLength(this.keys.length));
    const count = columns.openTimeMs.length;
    const backfilled = new Set(columns.backfilledMs);
    for (let index = 0; index < count; index++) {
      this.fillRow(row, columns, index);
      // Only the last one of a latest range can be open still; a frame tells when it closes.
      row[7] = backfilled.has(row[0] as number) ? 2 : index < count - 1 ? 1 : 0;
      this.merge(row, 0);
    }
    this.trim();
    if (isJoining) return 'joined';
    const anchorIndex = anchor.timeMs === undefined ? -1 : this.openTimeMs.lastIndexOf(anchor.timeMs);
    if (anchorIndex < 0) return 'moved';
    this.base = anchor.place - anchorIndex;
    return 'anchored';
  }

  /** Puts older candles before the first one, as far as there is room. Answers how many were new. */
  prepend(columns: CandleColumns): number {
    const firstMs = this.openTimeMs[0] ?? Number.POSITIVE_INFINITY;
    let end = columns.openTimeMs.findIndex((timeMs) => timeMs >= firstMs);
    if (end < 0) end = columns.openTimeMs.length;
    const from = Math.max(0, end - (MAX_CANDLES - this.length));
    const count = end - from;
    this.isMoreStored = end > 0 && (columns.hasMore || from > 0);
    if (count === 0) return 0;
    this.openTimeMs.unshift(...columns.openTimeMs.slice(from, end));
    this.open.unshift(...columns.open.slice(from, end));
    this.high.unshift(...columns.high.slice(from, end));
    this.low.unshift(...columns.low.slice(from, end));
    this.close.unshift(...columns.close.slice(from, end));
    this.volume.unshift(...columns.volume.slice(from, end));
    this.revision.unshift(...columns.revision.slice(from, end));
    const newFirstMs = this.openTimeMs[0] ?? firstMs;
    for (const timeMs of columns.backfilledMs) {
      if (timeMs >= newFirstMs && timeMs < firstMs) this.backfilledMs.add(timeMs);
    }
    this.isClosed.unshift(...Array.from({ length: count }, () => true));
    for (const [at, key] of this.keys.entries()) {
      const values = columns.indicators[key] ?? [];
      const older = Array.from({ length: count }, (_, index) => values[from + index] ?? Number.NaN);
      this.indicators[at]?.unshift(...older);
    }
    this.base -= count;
    return count;
  }

  /** Takes over the rows of a frame. Answers whether a candle was added rather than changed. */
  applyUpdate(update: ChartUpdate): { readonly added: boolean; readonly changedOlder: boolean } {
    const rowLength = candleRowLength(update.indicatorCount);
    let added = false;
    let changedOlder = false;
    for (let at = 0; at + rowLength <= update.values.length; at += rowLength) {
      const before = this.length;
      const lastMs = this.openTimeMs.at(-1) ?? Number.NEGATIVE_INFINITY;
      const timeMs = update.values[at] ?? Number.NaN;
      if (!this.merge(update.values, at)) continue;
      if (this.length > before) added = true;
      else if (timeMs < lastMs) changedOlder = true;
      // A candle that just closed moves from the live series to the others.
      else if ((update.values[at + 7] as number) > 0) changedOlder = true;
    }
    this.trim();
    return { added, changedOlder };
  }

  private merge(row: Float64Array, at: number): boolean {
    const timeMs = row[at] as number;
    const revision = row[at + 6] as number;
    let index = this.length - 1;
    while (index >= 0 && (this.openTimeMs[index] as number) > timeMs) index--;
    if (index < 0 && this.length > 0) return false;
    if (index >= 0 && this.openTimeMs[index] === timeMs) {
      const known = this.revision[index] as number;
      const closes = (row[at + 7] as number) > 0 && this.isClosed[index] === false;
      if (revision < known) return false;
      // The same candle, but what its indicators look back on may have been filled in meanwhile.
      if (revision === known && !closes && index < this.length - 1) return this.takeIndicators(row, at, index);
    } else {
      index++;
      this.insert(index);
    }
    this.openTimeMs[index] = timeMs;
    this.open[index] = row[at + 1] as number;
    this.high[index] = row[at + 2] as number;
    this.low[index] = row[at + 3] as number;
    this.close[index] = row[at + 4] as number;
    this.volume[index] = row[at + 5] as number;
    this.revision[index] = revision;
    this.isClosed[index] = (row[at + 7] as number) > 0;
    if (row[at + 7] === 2) this.backfilledMs.add(timeMs);
    else this.backfilledMs.delete(timeMs);
    // A newer candle proves that the one before it is over.
    if (index > 0 && index === this.length - 1) this.isClosed[index - 1] = true;
    this.takeIndicators(row, at, index);
    return true;
  }

  /** Answers whether one of them differs. */
  private takeIndicators(row: Float64Array, at: number, index: number): boolean {
    let isChanged = false;
    for (const [column, values] of this.indicators.entries()) {
      const value = row[at + 8 + column] ?? Number.NaN;
      if (Object.is(values[index], value)) continue;
      values[index] = value;
      isChanged = true;
    }
    return isChanged;
  }

  private insert(index: number): void {
    for (const column of this.columns()) column.splice(index, 0, Number.NaN);
    this.isClosed.splice(index, 0, false);
  }

  private trim(): void {
    const surplus = this.length - MAX_CANDLES;
    if (surplus <= 0) return;
    for (let index = 0; index < surplus; index++) this.backfilledMs.delete(this.openTimeMs[index] as number);
    for (const column of this.columns()) column.splice(0, surplus);
    this.isClosed.splice(0, surplus);
    this.base += surplus;
    this.isMoreStored = true;
  }

  /** Takes out what is not among these ascending times, from the first of them on: candles that were withdrawn. */
  private keepOnly(timesMs: readonly number[]): void {
    const firstMs = timesMs[0] ?? Number.POSITIVE_INFINITY;
    const standing = new Set(timesMs);
    for (let index = this.length - 1; index >= 0; index--) {
      const timeMs = this.openTimeMs[index] as number;
      if (timeMs < firstMs) return;
      if (standing.has(timeMs)) continue;
      for (const column of this.columns()) column.splice(index, 1);
      this.isClosed.splice(index, 1);
      this.backfilledMs.delete(timeMs);
    }
  }

  private clear(): void {
    for (const column of this.columns()) column.length = 0;
    this.isClosed.length = 0;
    this.backfilledMs.clear();
    this.base = 0;
  }

  private columns(): number[][] {
    const { openTimeMs, open, high, low, close, volume, revision } = this;
    return [openTimeMs, open, high, low, close, volume, revision, ...this.indicators];
  }

  private fillRow(row: Float64Array, columns: CandleColumns, index: number): void {
    row[0] = columns.openTimeMs[index] ?? Number.NaN;
    row[1] = columns.open[index] ?? Number.NaN;
    row[2] = columns.high[index] ?? Number.NaN;
    row[3] = columns.low[index] ?? Number.NaN;
    row[4] = columns.close[index] ?? Number.NaN;
    row[5] = columns.volume[index] ?? Number.NaN;
    row[6] = columns.revision[index] ?? 0;
    for (const [at, key] of this.keys.entries()) row[8 + at] = columns.indicators[key]?.[index] ?? Number.NaN;
  }
}
