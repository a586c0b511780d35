import { formatClock, formatDay, formatMinute } from '../../format/times.ts';
import type { ClockZone } from '../../format/times.ts';

/** `21 Nov 09:31:05`. */
export function timeText(timeMs: number, zone: ClockZone): string {
  return `${formatDay(timeMs, zone)} ${formatClock(timeMs, zone)}`;
}

/** For a column: `09:31:05` today, `20 Nov 09:31` on any other day. */
export function shortTimeText(timeMs: number, nowMs: number, zone: ClockZone): string {
  const day = formatDay(timeMs, zone);
  const isToday = day === formatDay(nowMs, zone) && Math.abs(nowMs - timeMs) < 86_400_000;
  return isToday ? formatClock(timeMs, zone) : `${day} ${formatMinute(timeMs, zone)}`;
}

/** `40 s`, `12 min`, `3.5 h`, `2 d`: how long a stretch of time was. */
export function durationText(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 1) return `${Math.round(durationMs)} ms`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Number((seconds / 3600).toFixed(1))} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
