import { newYorkOffsetMs, parseTimestamp, TapedeckError } from '../../market/index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface CsvTime {
  readonly timeMs: number;
  readonly nanosOfMs: number;
  readonly isDateOnly: boolean;
}

const ISO_WALL = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?$/;
const US_WALL = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AP])M)?)?$/i;
const EPOCH = /^\d{10}(\d{3})?$/;

/**
 * RFC 3339; the same or US style (`11/5/2019 9:30`) without a zone, which is New York time; a date alone, which is its
 * midnight in New York; epoch seconds or milliseconds. Throws `bad-message`.
 */
export function parseCsvTime(text: string): CsvTime {
  if (text.endsWith('Z')) return { ...parseTimestamp(text), isDateOnly: false };
  const iso = ISO_WALL.exec(text);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, fraction = ''] = iso;
    const nanos = Number(fraction.padEnd(9, '0'));
    const wallMs = utcOf(text, year, month, day, hour, minute, second) + Math.floor(nanos / 1e6);
    return { timeMs: fromNewYork(wallMs), nanosOfMs: nanos % 1_000_000, isDateOnly: hour === undefined };
  }
  const us = US_WALL.exec(text);
  if (us !== null) {
    const [, month, day, year, hour, minute, second, half] = us;
    const hourOfDay = half === undefined || hour === undefined ? hour : String(fullHour(Number(hour), half));
    const wallMs = utcOf(text, year, month, day, hourOfDay, minute, second);
    return { timeMs: fromNewYork(wallMs), nanosOfMs: 0, isDateOnly: hour === undefined };
  }
  if (EPOCH.test(text)) {
    return { timeMs: text.length === 10 ? Number(text) * 1000 : Number(text), nanosOfMs: 0, isDateOnly: false };
  }
  return { ...parseTimestamp(text), isDateOnly: false };
}

/**
 * The start of a daily bar of the US market: midnight UTC, as many write a date, is the evening before in New York, and what
 * they mean is that date.
 */
export function newYorkDayStartMs(timeMs: number): number {
  return timeMs % DAY_MS === 0 ? fromNewYork(timeMs) : timeMs;
}

function fullHour(hour: number, half: string): number {
  return (hour % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
}

function utcOf(text: string, year = '', month = '', day = '', hour = '0', minute = '0', second = '0'): number {
  const timeMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(timeMs);
  const isReal =
    date.getUTCMonth() + 1 === Number(month) &&
    date.getUTCDate() === Number(day) &&
    date.getUTCHours() === Number(hour);
  if (!isReal || Number(minute) > 59 || Number(second) > 59) {
    throw new TapedeckError('bad-message', `time: no such date or time: ${JSON.stringify(text.slice(0, 40))}`);
  }
  return timeMs;
}

let latestHour = Number.NaN;
let latestOffsetMs = 0;

/** Rows come in order, so the zone is asked once an hour of theirs. */
function fromNewYork(wallMs: number): number {
  const hour = Math.floor(wallMs / HOUR_MS);
  if (hour !== latestHour) {
    // New York lies 4 or 5 hours behind: what holds five hours later by UTC holds at that wall time.
    latestOffsetMs = newYorkOffsetMs(wallMs + 5 * HOUR_MS);
    latestHour = hour;
  }
  return wallMs - latestOffsetMs;
}
