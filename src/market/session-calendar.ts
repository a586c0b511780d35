import type { CalendarName } from './instrument.ts';
import { newYorkOffsetMs } from './new-york-time.ts';
import { usHolidays } from './us-holidays.ts';

export type SessionPhase = 'pre' | 'open' | 'post' | 'closed';

/** One day of trading; all times epoch milliseconds. A boundary belongs to the later phase. */
export interface TradingDay {
  /** `YYYY-MM-DD`, in the market's own zone. */
  readonly date: string;
  readonly preOpenMs: number;
  readonly openMs: number;
  readonly closeMs: number;
  readonly postCloseMs: number;
  /** Midnight of the market's zone: the open time of the 1d candle. */
  readonly startMs: number;
  /** The next midnight. */
  readonly endMs: number;
}

export interface SessionCalendar {
  readonly name: CalendarName;
  phaseAt(timeMs: number): SessionPhase;
  /** The next instant at which the phase differs; null when it never does. */
  nextChange(timeMs: number): { readonly atMs: number; readonly phase: SessionPhase } | null;
  /** The day whose 1d candle a print at that time belongs to; null on a day without trading. */
  tradingDay(timeMs: number): TradingDay | null;
  /** Trading days that overlap `[fromMs, toMs)`, ascending. */
  days(fromMs: number, toMs: number): readonly TradingDay[];
  /** Minutes of regular sessions that start in `[fromMs, toMs)`. */
  minutesExpected(fromMs: number, toMs: number): number;
}

/** The calendar of that name; one shared instance each. */
export function sessionCalendar(name: CalendarName): SessionCalendar {
  return CALENDARS[name];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Phase boundaries in minutes of New York wall time, by the first date they hold for. */
interface SessionTimes {
  readonly fromDate: string;
  readonly preOpen: number;
  readonly open: number;
  readonly close: number;
  readonly postClose: number;
  readonly earlyClose: number;
  readonly earlyPostClose: number;
}

/** Dated, newest first, because longer sessions are announced: a new row, not new code. */
const US_SESSION_TIMES: readonly SessionTimes[] = [
  {
    fromDate: '0000-01-01',
    preOpen: 4 * 60,
    open: 9 * 60 + 30,
    close: 16 * 60,
    postClose: 20 * 60,
    earlyClose: 13 * 60,
    earlyPostClose: 17 * 60,
  },
];

interface CivilDay {
  readonly startMs: number;
  readonly endMs: number;
  readonly trading: TradingDay | null;
}

const MAX_CACHED_DAYS = 4096;

class UsEquitiesCalendar implements SessionCalendar {
  readonly name = 'us-equities';
  readonly #days = new Map<number, CivilDay>();
  #latest: CivilDay | null = null;

  phaseAt(timeMs: number): SessionPhase {
    const day = this.#civilDay(timeMs).trading;
    if (day === null || timeMs < day.preOpenMs || timeMs >= day.postCloseMs) return 'closed';
    if (timeMs < day.openMs) return 'pre';
    return timeMs < day.closeMs ? 'open' : 'post';
  }

  nextChange(timeMs: number): { readonly atMs: number; readonly phase: SessionPhase } {
    let day = this.#civilDay(timeMs);
    for (;;) {
      const { trading } = day;
      if (trading !== null) {
        if (timeMs < trading.preOpenMs) return { atMs: trading.preOpenMs, phase: 'pre' };
        if (timeMs < trading.openMs) return { atMs: trading.openMs, phase: 'open' };
        if (timeMs < trading.closeMs) return { atMs: trading.closeMs, phase: 'post' };
        if (timeMs < trading.postCloseMs) return { atMs: trading.postCloseMs, phase: 'closed' };
      }
      day = this.#civilDay(day.endMs);
    }
  }

  tradingDay(timeMs: number): TradingDay | null {
    return this.#civilDay(timeMs).trading;
  }

  days(fromMs: number, toMs: number): readonly TradingDay[] {
    const days: TradingDay[] = [];
    if (!(fromMs < toMs)) return days;
    for (let day = this.#civilDay(fromMs); day.startMs < toMs; day = this.#civilDay(day.endMs)) {
      if (day.trading !== null) days.push(day.trading);
    }
    return days;
  }

  minutesExpected(fromMs: number, toMs: number): number {
    let minutes = 0;
    for (const day of this.days(fromMs, toMs)) {
      minutes += minuteStartsIn(Math.max(fromMs, day.openMs), Math.min(toMs, day.closeMs));
    }
    return minutes;
  }

  #civilDay(timeMs: number): CivilDay {
    const latest = this.#latest;
    if (latest !== null && timeMs >= latest.startMs && timeMs < latest.endMs) return latest;
    // New York lies 4 or 5 hours behind UTC: with 5 the day is right or one too early.
    const dayNumber = Math.floor((timeMs - 5 * HOUR_MS) / DAY_MS);
    let day = this.#civilDayOf(dayNumber);
    if (timeMs >= day.endMs) day = this.#civilDayOf(dayNumber + 1);
    this.#latest = day;
    return day;
  }

  #civilDayOf(dayNumber: number): CivilDay {
    let day = this.#days.get(dayNumber);
    if (day === undefined) {
      if (this.#days.size >= MAX_CACHED_DAYS) this.#days.clear();
      day = usCivilDay(dayNumber);
      this.#days.set(dayNumber, day);
    }
    return day;
  }
}

function usCivilDay(dayNumber: number): CivilDay {
  const dateMs = dayNumber * DAY_MS;
  const startMs = newYorkMidnight(dateMs);
  const endMs = newYorkMidnight(dateMs + DAY_MS);
  const date = new Date(dateMs).toISOString().slice(0, 10);
  const weekday = new Date(dateMs).getUTCDay();
  const holidays = usHolidays(Number(date.slice(0, 4)));
  if (weekday === 0 || weekday === 6 || holidays.closures.has(date)) return { startMs, endMs, trading: null };
  const times = US_SESSION_TIMES.find((row) => row.fromDate <= date);
  if (times === undefined) return { startMs, endMs, trading: null };
  const isEarly = holidays.earlyCloses.has(date);
  // Clocks change on Sundays before any session, so one offset holds for a whole trading day.
  const at = (minuteOfDay: number): number => startMs + minuteOfDay * MINUTE_MS;
  const trading: TradingDay = {
    date,
    preOpenMs: at(times.preOpen),
    openMs: at(times.open),
    closeMs: at(isEarly ? times.earlyClose : times.close),
    postCloseMs: at(isEarly ? times.earlyPostClose : times.postClose),
    startMs,
    endMs,
  };
  return { startMs, endMs, trading };
}

/** 04:30 UTC lies before the change of clocks (06:00 or 07:00 UTC), so it has the offset that midnight has. */
function newYorkMidnight(dateMs: number): number {
  return dateMs - newYorkOffsetMs(dateMs + 4.5 * HOUR_MS);
}

const alwaysOpen: SessionCalendar = {
  name: 'always-open',
  phaseAt: () => 'open',
  nextChange: () => null,
  tradingDay: (timeMs) => utcDay(Math.floor(timeMs / DAY_MS)),
  days: (fromMs, toMs) => {
    const days: TradingDay[] = [];
    if (!(fromMs < toMs)) return days;
    for (let day = Math.floor(fromMs / DAY_MS); day * DAY_MS < toMs; day++) days.push(utcDay(day));
    return days;
  },
  minutesExpected: minuteStartsIn,
};

let latestUtcDay: TradingDay | null = null;

function utcDay(dayNumber: number): TradingDay {
  const startMs = dayNumber * DAY_MS;
  if (latestUtcDay?.startMs !== startMs) {
    const endMs = startMs + DAY_MS;
    latestUtcDay = {
      date: new Date(startMs).toISOString().slice(0, 10),
      preOpenMs: startMs,
      openMs: startMs,
      closeMs: endMs,
      postCloseMs: endMs,
      startMs,
      endMs,
    };
  }
  return latestUtcDay;
}

function minuteStartsIn(fromMs: number, toMs: number): number {
  return Math.max(0, Math.ceil(toMs / MINUTE_MS) - Math.ceil(fromMs / MINUTE_MS));
}

const CALENDARS: Readonly<Record<CalendarName, SessionCalendar>> = {
  'us-equities': new UsEquitiesCalendar(),
  'always-open': alwaysOpen,
};
