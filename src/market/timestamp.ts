import { TapedeckError } from './tapedeck-error.ts';

export interface ParsedTimestamp {
  /** Whole epoch milliseconds. */
  readonly timeMs: number;
  /** Nanoseconds after `timeMs`, 0 to 999,999. */
  readonly nanosOfMs: number;
}

/** Of two instants, to the nanosecond. */
export function isBefore(a: ParsedTimestamp, b: ParsedTimestamp): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.nanosOfMs < b.nanosOfMs);
}

const DAY_MS = 86_400_000;
const ZERO = 48;
const NINE = 57;

/**
 * RFC 3339 with 0 to 9 fraction digits and `Z` or an offset. `Date.parse` keeps milliseconds only and accepts much else.
 * Throws `bad-message` on anything that is not such a time.
 */
export function parseTimestamp(text: string): ParsedTimestamp {
  const length = text.length;
  if (length < 20 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) throw malformed(text);
  const separator = text.charCodeAt(10);
  if ((separator !== 84 && separator !== 116 && separator !== 32) || text.charCodeAt(13) !== 58) throw malformed(text);
  if (text.charCodeAt(16) !== 58) throw malformed(text);
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw malformed(text);
  if (hour > 23 || minute > 59 || second > 59) throw malformed(text);

  let at = 19;
  let nanos = 0;
  if (text.charCodeAt(at) === 46) {
    const start = ++at;
    let scale = 100_000_000;
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code < ZERO || code > NINE) break;
      nanos += (code - ZERO) * scale;
      scale = scale === 1 ? 0 : scale / 10;
    }
    if (at === start || at - start > 9) throw malformed(text);
  }

  const millis = Math.floor(nanos / 1_000_000);
  const offsetMs = zoneOffsetMs(text, at);
  return {
    timeMs:
      daysFromCivil(year, month, day) * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + millis - offsetMs,
    nanosOfMs: nanos - millis * 1_000_000,
  };
}

/** The years that int8 holds in nanoseconds since 1970: of events, and so of all there is about them. */
const FIRST_YEAR = '1678';
const FIRST_YEAR_AFTER = '2262';
export const FIRST_EVENT_MS = Date.UTC(1678, 0);
export const LAST_EVENT_MS = Date.UTC(2262, 0) - 1;

/** `parseTimestamp` for the years 1678 to 2261, as they are written; refuses all others alike. */
export function parseEventTime(text: string): ParsedTimestamp {
  const parsed = parseTimestamp(text);
  // int8 reaches months further at either end: further than the offset of a time zone.
  if (text >= FIRST_YEAR && text < FIRST_YEAR_AFTER) return parsed;
  throw new TapedeckError('bad-message', `not a time of the years 1678 to 2261: ${JSON.stringify(text)}`);
}

/** UTC with `Z`; at least milliseconds, at most nanoseconds, zeros at the end of the part below milliseconds dropped. */
export function formatTimestamp(timeMs: number, nanosOfMs = 0): string {
  const minuteNumber = Math.floor(timeMs / 60_000);
  const restMs = timeMs - minuteNumber * 60_000;
  const second = Math.floor(restMs / 1000);
  const millis = restMs - second * 1000;
  const text = `${minuteText(minuteNumber)}${SECONDS[second]}${THREE_DIGITS[millis]}`;
  if (nanosOfMs === 0) return `${text}Z`;
  const micros = Math.floor(nanosOfMs / 1000);
  const nanos = nanosOfMs - micros * 1000;
  return nanos === 0
    ? `${text}${WITHOUT_END_ZEROS[micros]}Z`
    : `${text}${THREE_DIGITS[micros]}${WITHOUT_END_ZEROS[nanos]}Z`;
}

const SECONDS = Array.from({ length: 60 }, (_, value) => `${String(value).padStart(2, '0')}.`);
const THREE_DIGITS = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));
const WITHOUT_END_ZEROS = THREE_DIGITS.map((text) => text.replace(/0+$/, ''));

// Events come in runs of nearly equal times; a few slots keep exchange and receiving time from evicting each other.
const MINUTE_SLOTS = 16;
const minuteNumbers = new Float64Array(MINUTE_SLOTS).fill(Number.NaN);
const minuteTexts: string[] = Array.from({ length: MINUTE_SLOTS }, () => '');

/** `2026-07-13T13:45:` */
function minuteText(minuteNumber: number): string {
  const slot = minuteNumber & (MINUTE_SLOTS - 1);
  if (minuteNumbers[slot] !== minuteNumber) {
    minuteTexts[slot] = new Date(minuteNumber * 60_000).toISOString().slice(0, -7);
    minuteNumbers[slot] = minuteNumber;
  }
  return minuteTexts[slot] ?? '';
}

function zoneOffsetMs(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if ((code === 90 || code === 122) && text.length === at + 1) return 0;
  if ((code !== 43 && code !== 45) || text.length !== at + 6 || text.charCodeAt(at + 3) !== 58) throw malformed(text);
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if (hours > 23 || minutes > 59) throw malformed(text);
  return (code === 43 ? 1 : -1) * (hours * 60 + minutes) * 60_000;
}

function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE || Number.isNaN(code)) throw malformed(text);
    value = value * 10 + (code - ZERO);
  }
  return value;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function malformed(text: string): TapedeckError {
  return new TapedeckError('bad-message', `not an RFC 3339 time: ${JSON.stringify(text.slice(0, 40))}`);
}
