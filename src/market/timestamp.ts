import { TapedeckError } from './tapedeck-error.ts';

export interface ParsedTimestamp {
  /** Whole epoch milliseconds. */
  readonly timeMs: number;
  /** Nanoseconds after `timeMs`, 0 to 999,999. */
  readonly nanosOfMs: number;
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

/** UTC with `Z`; at least milliseconds, at most nanoseconds, zeros at the end of the part below milliseconds dropped. */
export function formatTimestamp(timeMs: number, nanosOfMs = 0): string {
  if (timeMs < 0) return formatWithDate(timeMs, nanosOfMs);
  const dayNumber = Math.floor(timeMs / DAY_MS);
  const rest = timeMs - dayNumber * DAY_MS;
  const hour = Math.floor(rest / 3_600_000);
  const minute = Math.floor(rest / 60_000) % 60;
  const second = Math.floor(rest / 1000) % 60;
  const whole = `${dateText(dayNumber)}T${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second]}.`;
  return `${whole}${threeDigits(rest % 1000)}${belowMillisecond(nanosOfMs)}Z`;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

// Nearly every time formatted in a run falls on the day formatted before it.
let lastDayNumber = Number.NaN;
let lastDateText = '';

function dateText(dayNumber: number): string {
  if (dayNumber !== lastDayNumber) {
    lastDateText = new Date(dayNumber * DAY_MS).toISOString().slice(0, 10);
    lastDayNumber = dayNumber;
  }
  return lastDateText;
}

function formatWithDate(timeMs: number, nanosOfMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, -1)}${belowMillisecond(nanosOfMs)}Z`;
}

function threeDigits(value: number): string {
  if (value > 99) return String(value);
  return value > 9 ? `0${value}` : `00${value}`;
}

function belowMillisecond(nanosOfMs: number): string {
  return nanosOfMs === 0 ? '' : String(nanosOfMs).padStart(6, '0').replace(/0+$/, '');
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
