import type { Candle, TradeEvent } from '../../market/index.ts';
import type { RebuildOutcome } from './candle-builder.ts';
import { REVISION } from './candle-row.ts';
import { HOUR_MS, type HourTable, MINUTE_MS } from './hour-table.ts';
import type { MinutePrints } from './minute-prints.ts';
import type { PendingRebuild } from './rebuilds.ts';
import { SymbolTrack, type TrackContext } from './symbol-track.ts';

const MINUTES = 60;

/**
 * Computes a stretch of time from stored events, by the code that computes it live, beside what is in memory, and takes it
 * over if it knows at least as much: `persist` may not have caught up yet.
 */
export function applyRebuild(
  track: SymbolTrack,
  context: TrackContext,
  pending: PendingRebuild,
  events: readonly TradeEvent[],
  backfillCandles: readonly Candle[],
): RebuildOutcome {
  track.foldPrints();
  const rebuilt = new SymbolTrack(track.symbol, track.calendar, { ...context });
  addStored(rebuilt, events, backfillCandles);
  const stored = revisionsOf(rebuilt);
  // Only what the store holds can be compared with what was counted before: the rest may be new or repeated.
  for (const item of pending.deferred) {
    if (item.kind === 'event') addEvent(rebuilt, item.event);
    else rebuilt.addBar(item.bar);
  }
  for (const event of track.amendments.events()) rebuilt.addAmendment(event);
  settle(rebuilt);
  const hours = hoursToReplace(track, rebuilt, pending);
  const minutes = rebuilt.minutes.filter((prints) => isWanted(track, prints, pending, hours));
  const isEnough = knowsEnough(track, stored, hours, minutes);
  // The room is shared: what is not taken over goes back.
  for (const prints of rebuilt.minutes) if (!isEnough || !minutes.includes(prints)) prints.close();
  if (!isEnough) {
    if (track.rebuilds.retry(pending)) return 'incomplete';
    context.abandonedRebuilds++;
    return 'incomplete';
  }
  for (const hour of hours) {
    track.own.putHour(hour);
    hour.touchedDrain = context.drainNumber;
    hour.markStale(0);
    for (let minute = 0; minute < MINUTES; minute++) {
      if (hour.hasBar(minute) || hour.printRevision(minute) > 0)
        track.own.markMinute(hour.startMs + minute * MINUTE_MS);
    }
  }
  const amendments = rebuilt.amendments.events().filter((event) => {
    const place = rebuilt.amendments.placeOf(event);
    return place !== null && minutes.includes(place.prints);
  });
  for (const prints of minutes) track.adoptPrints(prints);
  for (const event of amendments) track.amendments.add(event);
  // Those of hours that were in memory all the time; the others hold theirs by now.
  for (const item of pending.deferred) if (item.kind === 'bar') track.addBar(item.bar);
  if (track.amendments.size > 0) track.resolveAmendments();
  track.isDirty = true;
  context.rebuilds++;
  return 'rebuilt';
}

function addStored(track: SymbolTrack, events: readonly TradeEvent[], backfillCandles: readonly Candle[]): void {
  for (const event of events) addEvent(track, event);
  for (const candle of backfillCandles) {
    if (candle.interval !== '1m') continue;
    const hour = track.own.hourAt(candle.openTimeMs);
    const isRegular = track.calendar.phaseAt(candle.openTimeMs) === 'open';
    hour.setBar((candle.openTimeMs - hour.startMs) / MINUTE_MS, candle, false, isRegular, candle.revision - 1);
  }
  settle(track);
}

function settle(track: SymbolTrack): void {
  track.foldPrints();
  for (const hour of track.own.hours()) hour.refresh();
}

/** Inputs folded in, of whole hours and of the prints of each minute, by start time. */
interface Revisions {
  readonly hours: ReadonlyMap<number, number>;
  readonly minutes: ReadonlyMap<number, number>;
}

function revisionsOf(track: SymbolTrack): Revisions {
  const hours = new Map<number, number>();
  const minutes = new Map<number, number>();
  for (const hour of track.own.hours()) {
    hours.set(hour.startMs, hour.total[REVISION] ?? 0);
    for (let minute = 0; minute < MINUTES; minute++) {
      minutes.set(hour.startMs + minute * MINUTE_MS, hour.printRevision(minute));
    }
  }
  return { hours, minutes };
}

function addEvent(track: SymbolTrack, event: TradeEvent): void {
  if (event.type === 'trade') track.addTrade(event);
  else track.addAmendment(event);
}

/** Hours of which only the total, or nothing, is in memory: they are taken over whole. */
function hoursToReplace(track: SymbolTrack, rebuilt: SymbolTrack, pending: PendingRebuild): readonly HourTable[] {
  const hours: HourTable[] = [];
  for (const hour of rebuilt.own.hours()) {
    const { startMs } = hour;
    if (startMs + HOUR_MS <= pending.fromMs || startMs >= pending.toMs) continue;
    const known = track.own.findHour(startMs);
    if (known !== undefined && !known.isCompact) continue;
    // A day that was dropped comes back whole, or its 1d candle would lack the other hours.
    const isDropped = known === undefined && startMs < track.droppedBeforeMs;
    const [fromMs, toMs] = isDropped ? [pending.fromMs, pending.toMs] : [startMs, startMs + HOUR_MS];
    if (pending.isLookUp && !holdsAmended(rebuilt, fromMs, toMs)) continue;
    hours.push(hour);
  }
  return hours;
}

function holdsAmended(rebuilt: SymbolTrack, fromMs: number, toMs: number): boolean {
  return rebuilt.minutes.some(
    (prints) => prints.amendmentCount > 0 && prints.startMs >= fromMs && prints.startMs < toMs,
  );
}

function isWanted(
  track: SymbolTrack,
  prints: MinutePrints,
  pending: PendingRebuild,
  hours: readonly HourTable[],
): boolean {
  if (prints.startMs < pending.fromMs || prints.startMs >= pending.toMs) return false;
  if (hours.some((hour) => prints.startMs >= hour.startMs && prints.startMs < hour.startMs + HOUR_MS)) return true;
  if (track.minutes.some((known) => known.startMs === prints.startMs)) return false;
  return !pending.isLookUp || prints.amendmentCount > 0;
}

function knowsEnough(
  track: SymbolTrack,
  stored: Revisions,
  hours: readonly HourTable[],
  minutes: readonly MinutePrints[],
): boolean {
  for (const { startMs } of hours) {
    const known = track.own.findHour(startMs)?.total[REVISION] ?? 0;
    if ((stored.hours.get(startMs) ?? 0) < known) return false;
  }
  return minutes.every((prints) => {
    const hourMs = Math.floor(prints.startMs / HOUR_MS) * HOUR_MS;
    const known = track.own.findHour(hourMs)?.printRevision((prints.startMs - hourMs) / MINUTE_MS) ?? 0;
    return (stored.minutes.get(prints.startMs) ?? 0) >= known;
  });
}
