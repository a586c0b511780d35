import {
  type Bar,
  type Candle,
  type SessionCalendar,
  type Trade,
  type TradeEvent,
  printEffect,
} from '../../market/index.ts';
import { type Amendment, Amendments, type PrintPlace } from './amendments.ts';
import type { AddOutcome, CandleBuilderOptions, RebuildRequest } from './candle-builder.ts';
import { CandleLane } from './candle-lane.ts';
import { CLOSE, HIGH, LOW, OPEN, REVISION, ROW_LENGTH, VOLUME } from './candle-row.ts';
import { DayBars } from './day-bars.ts';
import { sumValue } from './exact-sum.ts';
import { printFlags } from './fold-print.ts';
import { type BarValues, HOUR_MS, MINUTE_MS } from './hour-table.ts';
import { MinutePrints, type PrintRoom } from './minute-prints.ts';
import { Rebuilds } from './rebuilds.ts';
import { type VenueCodes, idWithin } from './venue-codes.ts';

/** What all symbols of one builder share. */
export interface TrackContext {
  readonly options: CandleBuilderOptions;
  readonly room: PrintRoom;
  readonly venues: VenueCodes;
  watermarkMs: number;
  drainNumber: number;
  duplicates: number;
  unknownConditions: number;
  lateBars: number;
  barsCompared: number;
  barsDiffering: number;
  rebuilds: number;
  abandonedRebuilds: number;
  retainedPrints: number;
}

const builtRow = new Float64Array(ROW_LENGTH);
const barRow = new Float64Array(ROW_LENGTH);

/** Everything in memory about the candles of one symbol. */
export class SymbolTrack {
  readonly symbol: string;
  readonly calendar: SessionCalendar;
  readonly own = new CandleLane(false);
  readonly feed = new CandleLane(true);
  readonly dayBars = new DayBars();
  readonly amendments = new Amendments();
  readonly rebuilds: Rebuilds;
  /** Minutes whose single prints are in memory, in no order. */
  minutes: MinutePrints[] = [];
  isDirty = false;
  /** Hours before this have left memory. */
  droppedBeforeMs = -Infinity;
  feedDroppedBeforeMs = -Infinity;
  /** Comparing a bar with prints makes sense from the first whole minute on. */
  comparableFromMs = Infinity;
  readonly #context: TrackContext;
  #latest: MinutePrints | null = null;
  /** Whether there ever were any: one look less for every print of most symbols. */
  #hasAmendments = false;
  #dirtyPrints: MinutePrints[] = [];

  constructor(symbol: string, calendar: SessionCalendar, context: TrackContext) {
    this.symbol = symbol;
    this.calendar = calendar;
    this.#context = context;
    this.rebuilds = new Rebuilds(symbol);
  }

  addTrade(trade: Trade): AddOutcome {
    let prints = this.#latest;
    if (prints === null || !prints.holds(trade)) {
      const minuteMs = Math.floor(trade.timeMs / MINUTE_MS) * MINUTE_MS;
      prints = this.#printsAt(minuteMs);
      if (prints === null) {
        this.#defer(minuteMs, trade);
        return 'deferred';
      }
    }
    const effect = printEffect(trade.provider, trade.tape, trade.conditions);
    const flags = printFlags(trade, effect, prints.isRegular);
    const venue = this.#context.venues.codeOf(trade.exchange);
    const id = idWithin(venue, trade.exchange, trade.id);
    if (!prints.insert(id === trade.id ? trade : { ...trade, id }, venue, flags)) {
      this.#context.duplicates++;
      return 'duplicate';
    }
    this.#context.retainedPrints++;
    if (effect.isUnknown) this.#context.unknownConditions++;
    this.#markPrints(prints);
    if (this.#hasAmendments && this.amendments.concerns(trade.exchange, trade.id)) this.resolveAmendments();
    return 'added';
  }

  addAmendment(event: Amendment): AddOutcome {
    if (!this.amendments.add(event)) {
      this.#context.duplicates++;
      return 'duplicate';
    }
    this.isDirty = true;
    this.resolveAmendments();
    return this.amendments.placeOf(event) === null ? 'deferred' : 'added';
  }

  addBar(bar: Bar): void {
    this.isDirty = true;
    if (bar.interval === '1d') {
      this.dayBars.set(bar, this.calendar);
      return;
    }
    const minuteMs = Math.floor(bar.timeMs / MINUTE_MS) * MINUTE_MS;
    if (bar.source !== 'backfill') this.#setFeedBar(minuteMs, bar);
    else if (this.#isInMemory(minuteMs)) this.#setBar(this.own, minuteMs, bar, bar.isUpdate);
    else this.rebuilds.defer(this.#rangeOf(minuteMs), { kind: 'bar', bar });
  }

  /** Folds what was added and answers the candles that changed or closed. */
  collect(candles: Candle[]): void {
    this.foldPrints();
    const { watermarkMs } = this.#context;
    const context = { symbol: this.symbol, calendar: this.calendar, watermarkMs };
    const start = candles.length;
    if (this.own.hasWork(watermarkMs)) this.own.collect(context, null, candles);
    if (this.feed.hasWork(watermarkMs)) this.feed.collect(context, this.own, candles);
    this.dayBars.collect(this.symbol, watermarkMs, candles);
    if (this.feed.hourCount > 0) {
      for (let at = start; at < candles.length; at++) this.#compareWithBar(candles[at]);
    }
    this.isDirty = false;
  }

  takeRebuilds(requests: RebuildRequest[]): void {
    const { watermarkMs, options } = this.#context;
    for (const amendment of this.amendments.takeUnmatched(watermarkMs - options.allowedLatenessMs)) {
      const hourMs = Math.floor(amendment.timeMs / HOUR_MS) * HOUR_MS;
      const day = this.calendar.tradingDay(amendment.timeMs);
      const range =
        day === null ? { fromMs: hourMs, toMs: hourMs + HOUR_MS } : { fromMs: day.startMs, toMs: day.endMs };
      this.rebuilds.lookUp(range);
    }
    this.rebuilds.take(requests);
  }

  get room(): PrintRoom {
    return this.#context.room;
  }

  foldPrints(): void {
    const { drainNumber } = this.#context;
    for (const prints of this.#dirtyPrints) {
      prints.settle();
      prints.touchedDrain = drainNumber;
      prints.isDirty = false;
      this.own.markPrints(prints.startMs, drainNumber);
    }
    this.#dirtyPrints.length = 0;
  }

  resolveAmendments(): void {
    this.#hasAmendments = true;
    for (const { place, correction } of this.amendments.resolve((exchange, id) => this.#find(exchange, id))) {
      const { prints, row } = place;
      if (correction === null) {
        prints.cancel(row);
      } else {
        const effect = printEffect(correction.provider, correction.tape, correction.conditions);
        prints.correct(row, correction.price, correction.size, printFlags(correction, effect, prints.isRegular));
      }
      this.#markPrints(prints);
    }
  }

  hasWork(): boolean {
    const { watermarkMs } = this.#context;
    return (
      this.isDirty ||
      this.own.hasWork(watermarkMs) ||
      this.feed.hasWork(watermarkMs) ||
      this.dayBars.hasWork(watermarkMs)
    );
  }

  /** Takes over the prints of a minute, as a rebuild or a checkpoint has them; any that are there go. */
  adoptPrints(prints: MinutePrints): void {
    const known = this.minutes.find((other) => other.startMs === prints.startMs);
    if (known !== undefined) this.releasePrints(known);
    prints.unfold();
    this.#attach(prints);
    this.minutes.push(prints);
    this.#context.retainedPrints += prints.count;
    this.#latest = null;
    this.#markPrints(prints);
  }

  releasePrints(prints: MinutePrints): void {
    this.minutes = this.minutes.filter((other) => other !== prints);
    this.#dirtyPrints = this.#dirtyPrints.filter((other) => other !== prints);
    if (this.#latest === prints) this.#latest = null;
    this.#context.retainedPrints -= prints.count;
    this.amendments.release(prints);
    prints.close();
  }

  #attach(prints: MinutePrints): void {
    const hour = this.own.hourAt(prints.startMs);
    prints.attach(hour.prints(), ((prints.startMs - hour.startMs) / MINUTE_MS) * ROW_LENGTH);
  }

  #setFeedBar(minuteMs: number, bar: Bar): void {
    const hour = this.feed.findHour(minuteMs);
    if (hour?.isCompact === true || (hour === undefined && minuteMs < this.feedDroppedBeforeMs))
      this.#context.lateBars++;
    else this.#setBar(this.feed, minuteMs, bar, bar.isUpdate);
  }

  #setBar(lane: CandleLane, minuteMs: number, bar: BarValues, isUpdate: boolean): void {
    const hour = lane.hourAt(minuteMs);
    const minute = (minuteMs - hour.startMs) / MINUTE_MS;
    if (!hour.setBar(minute, bar, isUpdate, this.calendar.phaseAt(minuteMs) === 'open')) return;
    hour.touchedDrain = this.#context.drainNumber;
    lane.markMinute(minuteMs);
  }

  #isInMemory(minuteMs: number): boolean {
    if (this.rebuilds.covers(minuteMs)) return false;
    const hour = this.own.findHour(minuteMs);
    return hour === undefined ? minuteMs >= this.droppedBeforeMs : !hour.isCompact;
  }

  #printsAt(minuteMs: number): MinutePrints | null {
    let prints = this.minutes.find((other) => other.startMs === minuteMs) ?? null;
    if (prints === null) {
      if (!this.#isInMemory(minuteMs)) return null;
      const hour = this.own.hourAt(minuteMs);
      if (hour.printRevision((minuteMs - hour.startMs) / MINUTE_MS) > 0) return null;
      prints = new MinutePrints(this.#context.room);
      prints.open(minuteMs, this.calendar.phaseAt(minuteMs) === 'open');
      if (minuteMs + MINUTE_MS < this.comparableFromMs) this.comparableFromMs = minuteMs + MINUTE_MS;
      this.#attach(prints);
      this.minutes.push(prints);
    }
    this.#latest = prints;
    return prints;
  }

  #defer(minuteMs: number, event: TradeEvent): void {
    this.rebuilds.defer(this.#rangeOf(minuteMs), { kind: 'event', event });
    this.isDirty = true;
  }

  /** The smallest stretch that has to be computed anew for a minute that is not in memory. */
  #rangeOf(minuteMs: number): { readonly fromMs: number; readonly toMs: number } {
    const hourMs = Math.floor(minuteMs / HOUR_MS) * HOUR_MS;
    const hour = this.own.findHour(hourMs);
    if (hour !== undefined) {
      return hour.isCompact
        ? { fromMs: hourMs, toMs: hourMs + HOUR_MS }
        : { fromMs: minuteMs, toMs: minuteMs + MINUTE_MS };
    }
    const day = this.calendar.tradingDay(minuteMs);
    return day === null ? { fromMs: hourMs, toMs: hourMs + HOUR_MS } : { fromMs: day.startMs, toMs: day.endMs };
  }

  #find(exchange: string, id: string): PrintPlace | null {
    const venue = this.#context.venues.codeOf(exchange);
    const idOfPrint = idWithin(venue, exchange, id);
    for (const prints of this.minutes) {
      const row = prints.find(venue, idOfPrint);
      if (row >= 0) return { prints, row };
    }
    return null;
  }

  #markPrints(prints: MinutePrints): void {
    if (prints.isDirty) return;
    prints.isDirty = true;
    this.#dirtyPrints.push(prints);
    this.isDirty = true;
  }

  #compareWithBar(candle: Candle | undefined): void {
    if (candle?.interval !== '1m' || !candle.isClosed) return;
    const minuteMs = candle.openTimeMs;
    const hour = this.feed.findHour(minuteMs);
    const built = this.own.findHour(minuteMs);
    if (hour === undefined || built === undefined || built.isCompact || minuteMs < this.comparableFromMs) return;
    const minute = (minuteMs - hour.startMs) / MINUTE_MS;
    built.minuteRow(minute, builtRow);
    if ((builtRow[REVISION] ?? 0) === 0 || !hour.takeComparison(minute)) return;
    hour.barRow(minute, barRow);
    this.#context.barsCompared++;
    const isSame =
      sumValue(builtRow, VOLUME) === sumValue(barRow, VOLUME) &&
      [OPEN, HIGH, LOW, CLOSE].every((price) => builtRow[price] === barRow[price]);
    if (!isSame) this.#context.barsDiffering++;
  }
}
