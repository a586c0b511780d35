import type { Bar } from '../../market/index.ts';
import type { StateReader, StateWriter } from '../state-bytes.ts';
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
  clearRow,
  copyRow,
} from './candle-row.ts';
import { addToSum, sumValue } from './exact-sum.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
const MINUTES = 60;

const BAR_OPEN = 0;
const BAR_HIGH = 1;
const BAR_LOW = 2;
const BAR_CLOSE = 3;
const BAR_VOLUME = 4;
const BAR_VWAP = 5;
const BAR_COUNT = 6;
/** How many distinct states of this bar have come; 0 means none. */
const BAR_VERSIONS = 7;
const BAR_IS_UPDATE = 8;
const BAR_IS_REGULAR = 9;
const BAR_IS_COMPARED = 10;
const BAR_LENGTH = 11;

/** The sum of minutes `[from, to)`, the beginning of a stretch of `length` minutes. */
class Prefix {
  readonly length: number;
  readonly row = new Float64Array(ROW_LENGTH);
  from = 0;
  to = 0;

  constructor(length: number) {
    this.length = length;
    clearRow(this.row, 0);
  }

  start(from: number): void {
    this.from = from;
    this.to = from;
    clearRow(this.row, 0);
  }

  /** A minute has changed. */
  forget(minute: number): void {
    if (minute >= this.from && minute < this.to) this.start(this.from);
  }
}

/**
 * The minutes of one hour of one symbol: what its prints made of each, the bars that came for them, and the sum of both.
 * After a while only the hour's total stays (`compact`).
 */
export class HourTable {
  readonly startMs: number;
  touchedDrain = 0;
  /** The whole hour as one row; up to date after `refresh`. */
  readonly total = new Float64Array(ROW_LENGTH);
  #prints: Float64Array | null = null;
  #bars: Float64Array | null = null;
  #isCompact = false;
  /** Minutes from here on hold nothing. */
  #usedMinutes = 0;
  #isStale = false;
  /** What comes before the latest minute: of the running 5 minutes, the running 15, and the hour. */
  readonly #five = new Prefix(5);
  readonly #fifteen = new Prefix(15);
  readonly #hour = new Prefix(MINUTES);

  constructor(startMs: number) {
    this.startMs = startMs;
    clearRow(this.total, 0);
  }

  get isCompact(): boolean {
    return this.#isCompact;
  }

  /** Rows of the prints of each minute; what is written there must be followed by `markStale`. */
  prints(): Float64Array {
    // Nothing reads the row of a minute whose revision is still 0.
    return (this.#prints ??= new Float64Array(MINUTES * ROW_LENGTH));
  }

  printRevision(minute: number): number {
    return this.#prints?.[minute * ROW_LENGTH + REVISION] ?? 0;
  }

  markStale(minute: number): void {
    this.#isStale = true;
    if (minute >= this.#usedMinutes) this.#usedMinutes = minute + 1;
    this.#five.forget(minute);
    this.#fifteen.forget(minute);
    this.#hour.forget(minute);
  }

  /** False when the bar says nothing new: a repeat, or the first version after its update. */
  setBar(minute: number, bar: BarValues, isUpdate: boolean, isRegular: boolean, versionsBefore = 0): boolean {
    this.#bars ??= new Float64Array(MINUTES * BAR_LENGTH);
    const bars = this.#bars;
    const at = minute * BAR_LENGTH;
    const versions = Math.max(bars[at + BAR_VERSIONS] ?? 0, versionsBefore);
    if (this.hasBar(minute)) {
      if (!isUpdate && bars[at + BAR_IS_UPDATE] === 1) return false;
      if (isSameBar(bars, at, bar)) return false;
    }
    bars[at + BAR_OPEN] = bar.open;
    bars[at + BAR_HIGH] = bar.high;
    bars[at + BAR_LOW] = bar.low;
    bars[at + BAR_CLOSE] = bar.close;
    bars[at + BAR_VOLUME] = bar.volume;
    bars[at + BAR_VWAP] = bar.vwap ?? Number.NaN;
    bars[at + BAR_COUNT] = bar.tradeCount;
    bars[at + BAR_VERSIONS] = versions + 1;
    bars[at + BAR_IS_UPDATE] = isUpdate ? 1 : 0;
    bars[at + BAR_IS_REGULAR] = isRegular ? 1 : 0;
    this.markStale(minute);
    return true;
  }

  hasBar(minute: number): boolean {
    return (this.#bars?.[minute * BAR_LENGTH + BAR_VERSIONS] ?? 0) > 0;
  }

  /** The bar of a minute alone, as a row. */
  barRow(minute: number, out: Float64Array): void {
    clearRow(out, 0);
    if (this.#bars !== null && this.hasBar(minute)) readBar(this.#bars, minute * BAR_LENGTH, out);
  }

  /** True once for each bar: the caller compares it. */
  takeComparison(minute: number): boolean {
    const at = minute * BAR_LENGTH;
    if (this.#bars === null || !this.hasBar(minute) || this.#bars[at + BAR_IS_COMPARED] === 1) return false;
    this.#bars[at + BAR_IS_COMPARED] = 1;
    return true;
  }

  /** Prints and bar of one minute as one row. */
  minuteRow(minute: number, out: Float64Array): void {
    clearRow(out, 0);
    this.#appendMinute(minute, out);
  }

  /** The 5 or 15 minutes from `from` on as one row. */
  stretchRow(from: number, length: 5 | 15, out: Float64Array): void {
    this.#stretch(length === 5 ? this.#five : this.#fifteen, from, out);
  }

  /** Whether this is the last minute that holds anything. */
  isLastMinute(minute: number): boolean {
    return minute + 1 === this.#usedMinutes;
  }

  /** What lies before the hour's last minute: of its running 5 minutes, its running 15, and the hour. */
  rowsBeforeLast(): readonly [Float64Array, Float64Array, Float64Array] {
    const last = this.#usedMinutes - 1;
    this.stretchRow(last - (last % 5), 5, stretchScratch);
    this.stretchRow(last - (last % 15), 15, stretchScratch);
    this.refresh();
    return [this.#five.row, this.#fifteen.row, this.#hour.row];
  }

  /** Brings `total` up to date. */
  refresh(): void {
    if (!this.#isStale) return;
    this.#stretch(this.#hour, 0, this.total);
    this.#isStale = false;
  }

  /** Nearly always only the latest minute has changed, so what is before it is kept summed. */
  #stretch(prefix: Prefix, from: number, out: Float64Array): void {
    const end = Math.min(from + prefix.length, this.#usedMinutes);
    if (prefix.from !== from || prefix.to > end - 1) prefix.start(from);
    for (; prefix.to < end - 1; prefix.to++) this.#appendMinute(prefix.to, prefix.row);
    copyRow(out, 0, prefix.row, 0);
    for (let minute = prefix.to; minute < end; minute++) this.#appendMinute(minute, out);
  }

  compact(): void {
    this.refresh();
    this.#prints = null;
    this.#bars = null;
    this.#isCompact = true;
  }

  write(writer: StateWriter): void {
    this.refresh();
    writer.number(this.startMs);
    writer.count(this.touchedDrain);
    writer.flag(this.#isCompact);
    writer.numbers(this.total);
    writeRows(writer, this.#prints, ROW_LENGTH, REVISION);
    writeRows(writer, this.#bars, BAR_LENGTH, BAR_VERSIONS);
  }

  static read(reader: StateReader): HourTable {
    const table = new HourTable(reader.number());
    table.touchedDrain = reader.count();
    table.#isCompact = reader.flag();
    table.total.set(reader.numbers());
    const lastPrints = readRows(reader, ROW_LENGTH, () => table.prints());
    const lastBar = readRows(reader, BAR_LENGTH, () => (table.#bars ??= new Float64Array(MINUTES * BAR_LENGTH)));
    table.#usedMinutes = Math.max(lastPrints, lastBar) + 1;
    return table;
  }

  #appendMinute(minute: number, out: Float64Array): void {
    const prints = this.#prints;
    const printsAt = minute * ROW_LENGTH;
    if (this.#bars === null || !this.hasBar(minute)) {
      if (prints !== null) appendRow(out, 0, prints, printsAt);
      return;
    }
    readBar(this.#bars, minute * BAR_LENGTH, barScratch);
    if (prints !== null && (prints[printsAt + REVISION] ?? 0) > 0) coverMinute(barScratch, prints, printsAt);
    appendRow(out, 0, barScratch, 0);
  }
}

export type BarValues = Pick<Bar, 'open' | 'high' | 'low' | 'close' | 'volume' | 'vwap' | 'tradeCount'>;

const barScratch = new Float64Array(ROW_LENGTH);
const stretchScratch = new Float64Array(ROW_LENGTH);

/** Only minutes that hold something. */
function writeRows(writer: StateWriter, rows: Float64Array | null, length: number, used: number): void {
  const minutes: number[] = [];
  if (rows === null) {
    writer.count(0);
    return;
  }
  for (let minute = 0; minute < MINUTES; minute++) {
    if ((rows[minute * length + used] ?? 0) > 0) minutes.push(minute);
  }
  writer.count(minutes.length);
  for (const minute of minutes) {
    writer.count(minute);
    writer.numbers(rows.subarray(minute * length, (minute + 1) * length));
  }
}

/** Answers the last minute read; -1 without any. */
function readRows(reader: StateReader, length: number, rows: () => Float64Array): number {
  let minute = -1;
  for (let left = reader.count(); left > 0; left--) {
    minute = reader.count();
    rows().set(reader.numbers(), minute * length);
  }
  return minute;
}

function isSameBar(bars: Float64Array, at: number, bar: BarValues): boolean {
  return (
    bars[at + BAR_OPEN] === bar.open &&
    bars[at + BAR_HIGH] === bar.high &&
    bars[at + BAR_LOW] === bar.low &&
    bars[at + BAR_CLOSE] === bar.close &&
    bars[at + BAR_VOLUME] === bar.volume &&
    bars[at + BAR_COUNT] === bar.tradeCount &&
    Object.is(bars[at + BAR_VWAP], bar.vwap ?? Number.NaN)
  );
}

function readBar(bars: Float64Array, at: number, out: Float64Array): void {
  clearRow(out, 0);
  for (let price = 0; price < 4; price++) {
    const value = bars[at + BAR_OPEN + price] ?? Number.NaN;
    out[OPEN + price] = value;
    if (bars[at + BAR_IS_REGULAR] === 1) out[DAY_OPEN + price] = value;
  }
  const volume = bars[at + BAR_VOLUME] ?? 0;
  addToSum(out, VOLUME, volume);
  if (volume > 0) addToSum(out, NOTIONAL, volume * (bars[at + BAR_VWAP] ?? Number.NaN));
  out[COUNT] = bars[at + BAR_COUNT] ?? 0;
  out[REVISION] = bars[at + BAR_VERSIONS] ?? 0;
}

/**
 * A bar covers its whole minute, the prints only what was seen of it: extremes merge; open, close and sums come from
 * whichever saw more trades, and from the prints when both saw the same. `bar` becomes the merged row.
 */
function coverMinute(bar: Float64Array, prints: Float64Array, at: number): void {
  const barCount = bar[COUNT] ?? 0;
  const printCount = prints[at + COUNT] ?? 0;
  const barSawMore =
    barCount > 0
      ? barCount > printCount
      : sumValue(bar, VOLUME) > sumValue(prints.subarray(at, at + ROW_LENGTH), VOLUME);
  for (const prices of [OPEN, DAY_OPEN]) {
    widen(bar, prices, prints, at + prices);
    const printClose = prints[at + prices + CLOSE] ?? Number.NaN;
    if (Number.isNaN(printClose)) continue;
    if (!barSawMore || Number.isNaN(bar[prices + CLOSE] ?? Number.NaN)) {
      bar[prices + OPEN] = prints[at + prices + OPEN] ?? Number.NaN;
      bar[prices + CLOSE] = printClose;
    }
  }
  if (!barSawMore) bar.set(prints.subarray(at + VOLUME, at + COUNT + 1), VOLUME);
  bar[REVISION] = (bar[REVISION] ?? 0) + (prints[at + REVISION] ?? 0);
  bar[ORIGIN] = prints[at + ORIGIN] ?? 0;
}

function widen(bar: Float64Array, at: number, prints: Float64Array, printsAt: number): void {
  const high = prints[printsAt + HIGH] ?? Number.NaN;
  const low = prints[printsAt + LOW] ?? Number.NaN;
  if (high > (bar[at + HIGH] ?? 0) || Number.isNaN(bar[at + HIGH] ?? 0)) bar[at + HIGH] = high;
  if (low < (bar[at + LOW] ?? 0) || Number.isNaN(bar[at + LOW] ?? 0)) bar[at + LOW] = low;
}
