import { type Candle, type CandleSource, INTERVALS, INTERVAL_MS, type SessionCalendar } from '../../market/index.ts';
import { ORIGIN, ROW_LENGTH, appendRow, candleOf, clearRow, copyRow, originOf } from './candle-row.ts';
import { CandleHead } from './candle-head.ts';
import { HOUR_MS, HourTable, MINUTE_MS } from './hour-table.ts';

export interface Bucket {
  /** Index into `INTERVALS`. */
  readonly interval: number;
  readonly startMs: number;
  readonly endMs: number;
  isChanged: boolean;
  /** Its candle was last answered as open. */
  isOpen: boolean;
}

const MINUTE = INTERVALS.indexOf('1m');
const FIVE = INTERVALS.indexOf('5m');
const FIFTEEN = INTERVALS.indexOf('15m');
const HOUR = INTERVALS.indexOf('1h');
const DAY = INTERVALS.indexOf('1d');
const MINUTES_PER_HOUR = HOUR_MS / MINUTE_MS;
const scratch = new Float64Array(ROW_LENGTH);

/** What a lane needs to know to answer its candles. */
export interface LaneContext {
  readonly symbol: string;
  readonly calendar: SessionCalendar;
  readonly watermarkMs: number;
}

/**
 * One kind of candle of one symbol, in all intervals: those built from prints and backfill, or those of the feed's bars.
 * Longer candles are sums of the hour tables, so one late print costs one minute and its four sums.
 */
export class CandleLane {
  /** By whole hours since 1970: small integers are the fastest keys. */
  readonly #hours = new Map<number, HourTable>();
  readonly #isFeedLane: boolean;
  readonly #dirtyMinutes: number[] = [];
  #openBuckets: Bucket[] = [];
  readonly #latestBuckets: Bucket[] = [];
  #nextCloseMs = Infinity;
  #head: CandleHead | null = null;
  /** Kept for the next head: a lane has one at a time. */
  #spareHead: CandleHead | null = null;
  #latestHourMs = -Infinity;
  readonly #dayPrefix = new Float64Array(ROW_LENGTH);
  #dayPrefixStartMs = Number.NaN;
  #dayPrefixEndMs = Number.NaN;

  constructor(isFeedLane: boolean) {
    this.#isFeedLane = isFeedLane;
  }

  get openBuckets(): readonly Bucket[] {
    return this.#openBuckets;
  }

  restoreOpen(buckets: readonly Bucket[]): void {
    this.#openBuckets = [...buckets];
    this.#nextCloseMs = Math.min(...buckets.map((bucket) => bucket.endMs), Infinity);
  }

  get hourCount(): number {
    return this.#hours.size;
  }

  hours(): IterableIterator<HourTable> {
    this.settleHead();
    return this.#hours.values();
  }

  /** The table of the hour that holds `timeMs`. */
  findHour(timeMs: number): HourTable | undefined {
    this.settleHead();
    return this.#hours.get(Math.floor(timeMs / HOUR_MS));
  }

  /** The same, made if missing. */
  hourAt(timeMs: number): HourTable {
    const hour = this.findHour(timeMs);
    if (hour !== undefined) return hour;
    const made = new HourTable(Math.floor(timeMs / HOUR_MS) * HOUR_MS);
    this.putHour(made);
    return made;
  }

  deleteHour(hour: HourTable): void {
    this.#hours.delete(hour.startMs / HOUR_MS);
  }

  putHour(hour: HourTable): void {
    this.#hours.set(hour.startMs / HOUR_MS, hour);
    if (hour.startMs > this.#latestHourMs) this.#latestHourMs = hour.startMs;
    this.#dayPrefixStartMs = Number.NaN;
  }

  /** The row of a minute's prints has changed. */
  markPrints(minuteMs: number, drainNumber: number): void {
    const head = this.#head;
    if (head?.minuteMs === minuteMs) {
      head.isDirty = true;
      return;
    }
    const hour = this.hourAt(minuteMs);
    hour.markStale((minuteMs - hour.startMs) / MINUTE_MS);
    hour.touchedDrain = drainNumber;
    this.markMinute(minuteMs);
  }

  /** Tells the hour table what the head has kept to itself; everything but `collect` works on the tables. */
  settleHead(): void {
    const head = this.#head;
    if (head === null) return;
    this.#head = null;
    this.#spareHead = head;
    const hour = this.#hours.get(Math.floor(head.minuteMs / HOUR_MS));
    hour?.markStale((head.minuteMs - hour.startMs) / MINUTE_MS);
    if (head.isDirty) this.markMinute(head.minuteMs);
  }

  markMinute(minuteMs: number): void {
    this.settleHead();
    this.#dirtyMinutes.push(minuteMs);
    if (minuteMs < this.#dayPrefixEndMs) this.#dayPrefixStartMs = Number.NaN;
  }

  hasWork(watermarkMs: number): boolean {
    return this.#head?.isDirty === true || this.#dirtyMinutes.length > 0 || this.#nextCloseMs <= watermarkMs;
  }

  /** Every candle that changed or closed since the last call, shortest interval first. */
  collect(context: LaneContext, own: CandleLane | null, candles: Candle[]): void {
    const { watermarkMs } = context;
    const isClosing = this.#nextCloseMs <= watermarkMs;
    if (this.#head !== null && !isClosing) {
      this.#head.collect(context.symbol, watermarkMs, candles);
      return;
    }
    this.settleHead();
    const latestMs = this.#dirtyMinutes.length === 0 ? null : Math.max(...this.#dirtyMinutes);
    const buckets = this.#changedBuckets(context.calendar);
    if (isClosing) {
      for (const bucket of this.#openBuckets) {
        if (bucket.endMs <= watermarkMs && !bucket.isChanged) buckets.push(bucket);
      }
    }
    if (buckets.length > INTERVALS.length || isClosing) {
      buckets.sort((a, b) => a.interval - b.interval || a.startMs - b.startMs);
    }
    for (const bucket of buckets) {
      bucket.isChanged = false;
      this.#emit(context, bucket, own, candles);
      if (bucket.isOpen || bucket.endMs <= watermarkMs) continue;
      bucket.isOpen = true;
      this.#openBuckets.push(bucket);
      if (bucket.endMs < this.#nextCloseMs) this.#nextCloseMs = bucket.endMs;
    }
    if (isClosing) this.restoreOpen(this.#openBuckets.filter((bucket) => bucket.endMs > watermarkMs));
    if (latestMs !== null && !this.#isFeedLane) this.#head = this.#headAt(latestMs);
  }

  /** A head for the lane's last minute, if that is what it is and only prints made it. */
  #headAt(minuteMs: number): CandleHead | null {
    const hour = this.findHour(minuteMs);
    const minute = (minuteMs / MINUTE_MS) % MINUTES_PER_HOUR;
    if (hour === undefined || hour.isCompact || hour.startMs !== this.#latestHourMs) return null;
    if (!hour.isLastMinute(minute) || hour.hasBar(minute)) return null;
    const head = this.#spareHead ?? new CandleHead();
    head.reset(minuteMs, hour.prints(), minute * ROW_LENGTH);
    for (let interval = 0; interval < INTERVALS.length; interval++) {
      const bucket = this.#latestBuckets[interval];
      if (bucket === undefined || minuteMs < bucket.startMs || minuteMs >= bucket.endMs) return null;
      head.setBounds(interval, bucket.startMs, bucket.endMs);
    }
    const [five, fifteen, hourRow] = hour.rowsBeforeLast();
    head.setBefore(FIVE, five);
    head.setBefore(FIFTEEN, fifteen);
    head.setBefore(HOUR, hourRow);
    head.setBefore(DAY, this.#dayPrefix);
    head.appendBefore(DAY, hourRow);
    return head;
  }

  /** Any interval's bucket as one row. */
  rowOf(bucket: Bucket, out: Float64Array): void {
    this.settleHead();
    if (bucket.interval === DAY) {
      this.#dayRow(bucket, out);
      return;
    }
    const hour = this.findHour(bucket.startMs);
    if (hour === undefined) {
      clearRow(out, 0);
      return;
    }
    const minute = (bucket.startMs - hour.startMs) / MINUTE_MS;
    if (bucket.interval === MINUTE) {
      hour.minuteRow(minute, out);
    } else if (bucket.interval === HOUR) {
      hour.refresh();
      copyRow(out, 0, hour.total, 0);
    } else {
      hour.stretchRow(minute, bucket.endMs - bucket.startMs === 5 * MINUTE_MS ? 5 : 15, out);
    }
  }

  /** The hours before the latest one are kept summed, as long as none of them changes. */
  #dayRow(bucket: Bucket, out: Float64Array): void {
    const latestMs = Math.min(this.#latestHourMs, bucket.endMs - HOUR_MS);
    if (this.#dayPrefixStartMs !== bucket.startMs || this.#dayPrefixEndMs !== latestMs) {
      clearRow(this.#dayPrefix, 0);
      for (let hourMs = bucket.startMs; hourMs < latestMs; hourMs += HOUR_MS) this.#appendHour(hourMs, this.#dayPrefix);
      this.#dayPrefixStartMs = bucket.startMs;
      this.#dayPrefixEndMs = latestMs;
    }
    copyRow(out, 0, this.#dayPrefix, 0);
    this.#appendHour(latestMs, out);
  }

  #appendHour(hourMs: number, out: Float64Array): void {
    const hour = this.findHour(hourMs);
    if (hour === undefined) return;
    hour.refresh();
    appendRow(out, 0, hour.total, 0);
  }

  #changedBuckets(calendar: SessionCalendar): Bucket[] {
    const minutes = this.#dirtyMinutes;
    const buckets: Bucket[] = [];
    for (const minuteMs of minutes) {
      for (let interval = 0; interval < INTERVALS.length; interval++) {
        const bucket = this.#bucketAt(interval, minuteMs, calendar);
        if (bucket === null || bucket.isChanged) continue;
        bucket.isChanged = true;
        buckets.push(bucket);
      }
    }
    minutes.length = 0;
    return buckets;
  }

  /** One object for a bucket as long as it is open or looked at twice in a row. */
  #bucketAt(interval: number, timeMs: number, calendar: SessionCalendar): Bucket | null {
    const latest = this.#latestBuckets[interval];
    if (latest !== undefined && timeMs >= latest.startMs && timeMs < latest.endMs) return latest;
    const bucket =
      this.#openBuckets.find((open) => open.interval === interval && timeMs >= open.startMs && timeMs < open.endMs) ??
      newBucket(interval, timeMs, calendar);
    if (bucket !== null) this.#latestBuckets[interval] = bucket;
    return bucket;
  }

  #emit(context: LaneContext, bucket: Bucket, own: CandleLane | null, candles: Candle[]): void {
    const interval = INTERVALS[bucket.interval] ?? '1m';
    const isClosed = bucket.endMs <= context.watermarkMs;
    if (own !== null && bucket.interval !== MINUTE) {
      // Rolled-up feed bars only stand in for candles that could be built.
      own.rowOf(bucket, scratch);
      if ((scratch[ORIGIN] ?? 0) > 0) return;
    }
    this.rowOf(bucket, scratch);
    const origin = scratch[ORIGIN] ?? 0;
    const source: CandleSource = this.#isFeedLane ? 'feed-bar' : originOf(origin);
    const candle = candleOf(scratch, context.symbol, interval, bucket.startMs, isClosed, source);
    if (candle !== null) candles.push(candle);
    if (!this.#isFeedLane && isClosed && bucket.interval === MINUTE && origin > 0) {
      this.#emitBackfilledBar(context, bucket, candles);
    }
  }

  /** Where prints and a backfilled bar share a minute, the bar is stored on its own too: a rebuild needs it. */
  #emitBackfilledBar(context: LaneContext, bucket: Bucket, candles: Candle[]): void {
    const hour = this.hourAt(bucket.startMs);
    const minute = (bucket.startMs - hour.startMs) / MINUTE_MS;
    if (!hour.hasBar(minute)) return;
    hour.barRow(minute, scratch);
    const bar = candleOf(scratch, context.symbol, '1m', bucket.startMs, true, 'backfill');
    if (bar !== null) candles.push(bar);
  }
}

function newBucket(interval: number, timeMs: number, calendar: SessionCalendar): Bucket | null {
  if (interval === DAY) {
    const day = calendar.tradingDay(timeMs);
    return day === null ? null : { interval, startMs: day.startMs, endMs: day.endMs, isChanged: false, isOpen: false };
  }
  const lengthMs = INTERVAL_MS[INTERVALS[interval] ?? '1m'];
  const startMs = Math.floor(timeMs / lengthMs) * lengthMs;
  return { interval, startMs, endMs: startMs + lengthMs, isChanged: false, isOpen: false };
}
