export type ClockZone = 'exchange' | 'local' | 'utc';

/** US equities trade on New York time. */
const EXCHANGE_TIME_ZONE = 'America/New_York';

export const CLOCK_ZONES: readonly ClockZone[] = ['exchange', 'local', 'utc'];

const ZONE_LABELS: Readonly<Record<ClockZone, string>> = { exchange: 'NY', local: 'LOC', utc: 'UTC' };

export function zoneLabel(zone: ClockZone): string {
  return ZONE_LABELS[zone];
}

function timeZoneOf(zone: ClockZone): string | undefined {
  if (zone === 'exchange') return EXCHANGE_TIME_ZONE;
  return zone === 'utc' ? 'UTC' : undefined;
}

const HOUR_MS = 3_600_000;
const offsetCache = new Map<string, number>();
const formatters = new Map<ClockZone, Intl.DateTimeFormat>();

function formatterOf(zone: ClockZone): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: timeZoneOf(zone),
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

/** Local minus UTC at that time, ms. Kept by the hour, because asking `Intl` for every candle would cost milliseconds. */
export function zoneOffsetMs(timeMs: number, zone: ClockZone): number {
  if (zone === 'utc') return 0;
  const hour = Math.floor(timeMs / HOUR_MS);
  const key = `${zone}${hour}`;
  const known = offsetCache.get(key);
  if (known !== undefined) return known;
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  const startMs = hour * HOUR_MS;
  for (const { type, value } of formatterOf(zone).formatToParts(startMs)) parts[type] = Number(value);
  const local = Date.UTC(parts.year ?? 1970, (parts.month ?? 1) - 1, parts.day, parts.hour, parts.minute);
  const offset = local - startMs;
  if (offsetCache.size > 50_000) offsetCache.clear();
  offsetCache.set(key, offset);
  return offset;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const two = (value: number) => String(value).padStart(2, '0');

/** The calendar fields of a time in a zone, read with the UTC getters. */
export function zonedDate(timeMs: number, zone: ClockZone): Date {
  return new Date(timeMs + zoneOffsetMs(timeMs, zone));
}

/** `09:31:05`. */
export function formatClock(timeMs: number, zone: ClockZone): string {
  const date = zonedDate(timeMs, zone);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** `09:31`. */
export function formatMinute(timeMs: number, zone: ClockZone): string {
  const date = zonedDate(timeMs, zone);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

/** `21 Nov`, with the year where it is not the reader's own. */
export function formatDay(timeMs: number, zone: ClockZone): string {
  const date = zonedDate(timeMs, zone);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''}`;
}

/** `Sat 21 Nov 2026`. */
export function formatLongDay(timeMs: number, zone: ClockZone): string {
  const date = zonedDate(timeMs, zone);
  return `${WEEKDAYS[date.getUTCDay()] ?? ''} ${formatDay(timeMs, zone)} ${date.getUTCFullYear()}`;
}

/** `Nov 2026`. */
export function formatMonth(timeMs: number, zone: ClockZone): string {
  const date = zonedDate(timeMs, zone);
  return `${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** `2d 03h`, `3:07:09`, `07:09`: how long until something, in the coarsest form that still moves. */
export function formatCountdown(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const hours = Math.floor(seconds / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `4s`, `12m`, `3h`, `5d`: how long something has been so. */
export function formatAge(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
