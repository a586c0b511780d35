/**
 * Full closures and early closes of NYSE and Nasdaq, computed on plain calendar dates (`YYYY-MM-DD`) so that neither the
 * process time zone nor daylight saving can touch them. Rules: NYSE "Holidays & Trading Hours", rule 7.2.
 */
export interface YearOfHolidays {
  readonly closures: ReadonlySet<string>;
  readonly earlyCloses: ReadonlySet<string>;
}

/** Closures that no rule foresees: attacks, storms, days of mourning. */
const AD_HOC_CLOSURES: readonly string[] = [
  '2001-09-11',
  '2001-09-12',
  '2001-09-13',
  '2001-09-14',
  '2004-06-11',
  '2007-01-02',
  '2012-10-29',
  '2012-10-30',
  '2018-12-05',
  '2025-01-09',
];

const DAY_MS = 86_400_000;
const SUNDAY = 0;
const MONDAY = 1;
const THURSDAY = 4;
const FRIDAY = 5;
const SATURDAY = 6;
const FIRST_YEAR_OF_KING_DAY = 1998;
const FIRST_YEAR_OF_JUNETEENTH = 2022;

const years = new Map<number, YearOfHolidays>();

export function usHolidays(year: number): YearOfHolidays {
  let holidays = years.get(year);
  if (holidays === undefined) {
    holidays = computeYear(year);
    years.set(year, holidays);
  }
  return holidays;
}

function computeYear(year: number): YearOfHolidays {
  const thanksgiving = nthWeekday(year, 11, THURSDAY, 4);
  const closures = new Set<string>([
    // On a Saturday New Year's Day is not observed: 31 December closes the books.
    ...(weekday(utc(year, 1, 1)) === SATURDAY ? [] : [observed(utc(year, 1, 1))]),
    ...(year >= FIRST_YEAR_OF_KING_DAY ? [dateText(nthWeekday(year, 1, MONDAY, 3))] : []),
    dateText(nthWeekday(year, 2, MONDAY, 3)),
    dateText(easterSunday(year) - 2 * DAY_MS),
    dateText(lastMondayOfMay(year)),
    ...(year >= FIRST_YEAR_OF_JUNETEENTH ? [observed(utc(year, 6, 19))] : []),
    observed(utc(year, 7, 4)),
    dateText(nthWeekday(year, 9, MONDAY, 1)),
    dateText(thanksgiving),
    observed(utc(year, 12, 25)),
    ...AD_HOC_CLOSURES.filter((date) => date.startsWith(`${year}-`)),
  ]);
  const eves = [utc(year, 7, 3), utc(year, 12, 24)].filter(isMondayToThursday);
  const earlyCloses = [...eves, thanksgiving + DAY_MS].map(dateText).filter((date) => !closures.has(date));
  return { closures, earlyCloses: new Set(earlyCloses) };
}

function utc(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day);
}

function weekday(dateMs: number): number {
  return new Date(dateMs).getUTCDay();
}

function dateText(dateMs: number): string {
  return new Date(dateMs).toISOString().slice(0, 10);
}

function observed(dateMs: number): string {
  const day = weekday(dateMs);
  if (day === SATURDAY) return dateText(dateMs - DAY_MS);
  return dateText(day === SUNDAY ? dateMs + DAY_MS : dateMs);
}

function isMondayToThursday(dateMs: number): boolean {
  const day = weekday(dateMs);
  return day >= MONDAY && day < FRIDAY;
}

function nthWeekday(year: number, month: number, day: number, nth: number): number {
  const first = utc(year, month, 1);
  return first + (((day - weekday(first) + 7) % 7) + (nth - 1) * 7) * DAY_MS;
}

function lastMondayOfMay(year: number): number {
  const last = utc(year, 5, 31);
  return last - ((weekday(last) - MONDAY + 7) % 7) * DAY_MS;
}

/** Western Easter (Meeus, "Astronomical Algorithms", chapter 8). */
function easterSunday(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  return utc(year, month, ((h + l - 7 * m + 114) % 31) + 1);
}
