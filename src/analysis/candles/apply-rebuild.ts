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
  const rebuilt = rebuildAside(track, context, pending, events, backfillCandles);
  const hours = hoursToReplace(track, rebuilt, pending);
  const minutes = rebuilt.minutes.filter((prints) => isWanted(track, prints, pending, hours));
  if (!knowsEnough(track, rebuilt, hours, minutes)) {
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
  for (const { bar } of pending.deferred.filter((item) => item.kind === 'bar')) track.addBar(bar);
  if (track.amendments.size > 0) track.resolveAmendments();
  track.isDirty = true;
  context.rebuilds++;
  return 'rebuilt';
}

function rebuildAside(
  track: SymbolTrack,
  context: TrackContext,
  pending: PendingRebuild,
  events: readonly TradeEvent[],
  backfillCandles: readonly Candle[],
): SymbolTrack {
  const aside = new SymbolTrack(track.symbol, track.calendar, { ...context, pool: [] });
  for (const event of events) addEvent(aside, event);
  for (const item of pending.deferred) if (item.kind === 'event') addEvent(aside, item.event);
  for (const event of track.amendments.events()) aside.addAmendment(event);
  aside.foldPrints();
  for (const candle of backfillCandles) {
    if (candle.interval !== '1m') continue;
    const hour = aside.own.hourAt(candle.openTimeMs);
    const isRegular = track.calendar.phaseAt(candle.openTimeMs) === 'open';
    hour.setBar((candle.openTimeMs - hour.startMs) / MINUTE_MS, candle, false, isRegular, candle.revision - 1);
  }
  for (const hour of aside.own.hours.values()) hour.refresh();
  return aside;
}

function addEvent(track: SymbolTrack, event: TradeEvent): void {
  if (event.type === 'trade') track.addTrade(event);
  else track.addAmendment(event);
}

/** Hours of which only the total, or nothing, is in memory: they are taken over whole. */
function hoursToReplace(track: SymbolTrack, rebuilt: SymbolTrack, pending: PendingRebuild): readonly HourTable[] {
  const hours: HourTable[] = [];
  for (const [startMs, hour] of rebuilt.own.hours) {
    if (startMs + HOUR_MS <= pending.fromMs || startMs >= pending.toMs) continue;
    const known = track.own.hours.get(startMs);
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
  rebuilt: SymbolTrack,
  hours: readonly HourTable[],
  minutes: readonly MinutePrints[],
): boolean {
  for (const hour of hours) {
    const known = track.own.hours.get(hour.startMs);
    if (known !== undefined && (hour.total[REVISION] ?? 0) < (known.total[REVISION] ?? 0)) return false;
  }
  return minutes.every((prints) => {
    const hourMs = Math.floor(prints.startMs / HOUR_MS) * HOUR_MS;
    const minute = (prints.startMs - hourMs) / MINUTE_MS;
    const known = track.own.hours.get(hourMs)?.printRevision(minute) ?? 0;
    return (rebuilt.own.hours.get(hourMs)?.printRevision(minute) ?? 0) >= known;
  });
}
