const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** Exact or refused: a silently rounded id or offset would be worse than an error. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`The database answered ${text}, which a number cannot hold exactly`);
  }
  return value;
}

/** `2026-07-13 13:45:01.120034+00` (a session in UTC) as epoch milliseconds, microseconds as fraction. */
export function parseTimestamptz(text: string): number {
  const match = /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d{1,6})?\+00$/.exec(text);
  if (match === null) throw new RangeError(`The database answered the time ${text}`);
  const [, year, month, day, hour, minute, second, fraction] = match;
  const wholeMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (fraction === undefined) return wholeMs;
  const micros = Number(fraction.slice(1).padEnd(6, '0'));
  return wholeMs + micros / 1000;
}

/** By type oid; every other type is read the way the driver does. */
export const VALUE_PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [INT8]: parseInt8,
  [TIMESTAMPTZ]: parseTimestamptz,
};
