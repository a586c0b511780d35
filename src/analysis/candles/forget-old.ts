import { REVISION } from './candle-row.ts';
import type { CandleLane } from './candle-lane.ts';
import { HOUR_MS, type HourTable, MINUTE_MS } from './hour-table.ts';
import type { SymbolTrack, TrackContext } from './symbol-track.ts';

/** Minutes of an hour stay this long after its end; then its total only. */
const KEEP_MINUTES_MS = 15 * MINUTE_MS;
const KEEP_DAY_MS = 2 * HOUR_MS;
/** What is being filled with history must not be dropped between two pages of it. */
const KEEP_DRAINS = 64;

/** Lets go of what is too old to be revised in memory; it can be rebuilt from the store. */
export function forgetOld(track: SymbolTrack, context: TrackContext, retainPrintsMs: number): void {
  const { watermarkMs, drainNumber } = context;
  const isIdle = (touchedDrain: number): boolean => drainNumber - touchedDrain >= KEEP_DRAINS;
  const isPressed = retainPrintsMs < context.options.retainPrintsMs;
  for (const prints of track.minutes) {
    const isOld = prints.startMs + MINUTE_MS + retainPrintsMs <= watermarkMs;
    if (isOld && !prints.isDirty && (isPressed || isIdle(prints.touchedDrain))) track.releasePrints(prints);
  }
  if (track.amendments.size > 0) track.amendments.releaseWaiting(watermarkMs - 24 * HOUR_MS);
  // A requested stretch is put back among hours that must still be there.
  if (track.rebuilds.pending.length > 0) return;
  const ownDroppedMs = forgetHours(track, track.own, context, isIdle);
  const feedDroppedMs = forgetHours(track, track.feed, context, isIdle);
  track.droppedBeforeMs = Math.max(track.droppedBeforeMs, ownDroppedMs);
  track.feedDroppedBeforeMs = Math.max(track.feedDroppedBeforeMs, feedDroppedMs);
}

/**
 * The end of the last day dropped. Days go whole: one of which some hours are left would be summed up without the others, when
 * one of these changes.
 */
function forgetHours(
  track: SymbolTrack,
  lane: CandleLane,
  context: TrackContext,
  isIdle: (touchedDrain: number) => boolean,
): number {
  const idleHours: HourTable[] = [];
  const busyHours: HourTable[] = [];
  for (const hour of lane.hours()) {
    const hourEndMs = hour.startMs + HOUR_MS;
    const isIdleNow =
      hourEndMs + KEEP_MINUTES_MS <= context.watermarkMs &&
      isIdle(hour.touchedDrain) &&
      !track.minutes.some((prints) => prints.startMs >= hour.startMs && prints.startMs < hourEndMs);
    (isIdleNow ? idleHours : busyHours).push(hour);
  }
  if (idleHours.length === 0) return -Infinity;
  const busyDays = new Set(busyHours.map((hour) => dayEndOf(track, hour)));
  let droppedMs = -Infinity;
  for (const hour of idleHours) {
    if (!hour.isCompact) hour.compact();
    const dayEndMs = dayEndOf(track, hour);
    if (dayEndMs + KEEP_DAY_MS > context.watermarkMs || busyDays.has(dayEndMs)) continue;
    lane.deleteHour(hour);
    if ((hour.total[REVISION] ?? 0) > 0) droppedMs = Math.max(droppedMs, dayEndMs);
  }
  return droppedMs;
}

function dayEndOf(track: SymbolTrack, { startMs }: HourTable): number {
  return track.calendar.tradingDay(startMs)?.endMs ?? startMs + HOUR_MS;
}
