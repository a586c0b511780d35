import { sessionCalendar, type CalendarName, type TradingDay } from '../../market/index.ts';

export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A trading day as the mock market runs it; minutes are counted from the first in which anything may trade. */
export interface MockDay {
  /** Days on the price path that end where this one begins; no two days share one. */
  readonly pathDay: number;
  /** The open time of the 1d candle. */
  readonly startMs: number;
  /** When the 1d candle is finished. */
  readonly endMs: number;
  readonly firstMs: number;
  readonly minuteCount: number;
  /** The regular session, whose prints make the daily prices: minutes `[openMinute, closeMinute)`. */
  readonly openMinute: number;
  readonly closeMinute: number;
}

interface Stretch {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Share of the day's price variance and of its volume. */
  readonly variance: number;
  readonly volume: number;
  /** 0 spreads volume evenly; 1 puts nearly all of it at both ends. */
  readonly curvature: number;
}

const PRE_VOLUME = 0.03;
const POST_VOLUME = 0.04;

/** When the mock market trades, and how a day's volume and price movement spread over its minutes. */
export class TradingHours {
  readonly calendar: CalendarName;
  readonly #days = new Map<number, MockDay>();
  readonly #stretches = new WeakMap<MockDay, readonly Stretch[]>();

  constructor(session: 'always' | 'us') {
    this.calendar = session === 'us' ? 'us-equities' : 'always-open';
  }

  /** The day on which something may trade at `timeMs`; null while the market is closed. */
  dayAt(timeMs: number): MockDay | null {
    const trading = sessionCalendar(this.calendar).tradingDay(timeMs);
    if (trading === null || timeMs < trading.preOpenMs || timeMs >= trading.postCloseMs) return null;
    return this.#mockDay(trading);
  }

  /** The days that overlap `[fromMs, toMs)`, ascending. */
  days(fromMs: number, toMs: number): readonly MockDay[] {
    return sessionCalendar(this.calendar)
      .days(fromMs, toMs)
      .map((day) => this.#mockDay(day));
  }

  /** Where minute `minute` (may be fractional) lies on the price path, in days. */
  pathPosition(day: MockDay, minute: number): number {
    // What is missing to 1 passes while the market is closed: the gap to the day before.
    const stretches = this.#stretchesOf(day);
    let position = 1;
    for (const stretch of stretches) position -= stretch.variance;
    for (const { fromMinute, toMinute, variance } of stretches) {
      const length = toMinute - fromMinute;
      position += variance * Math.min(1, Math.max(0, (minute - fromMinute) / length));
    }
    return day.pathDay + Math.min(position, 1 - Number.EPSILON);
  }

  /** The share of the day's volume expected before minute `minute` (may be fractional). */
  volumeBefore(day: MockDay, minute: number): number {
    let share = 0;
    for (const { fromMinute, toMinute, volume, curvature } of this.#stretchesOf(day)) {
      const place = Math.min(1, Math.max(0, (minute - fromMinute) / (toMinute - fromMinute)));
      // The integral of 1 - c + 5 c (2x - 1)^4, which is U-shaped and 1 on average.
      share += volume * ((1 - curvature) * place + (curvature / 2) * ((2 * place - 1) ** 5 + 1));
    }
    return share;
  }

  /** The stretch of the day that holds minute `minute`: volume never moves from one to another. */
  stretchAt(day: MockDay, minute: number): { readonly fromMinute: number; readonly toMinute: number } {
    if (minute < day.openMinute) return { fromMinute: 0, toMinute: day.openMinute };
    if (minute < day.closeMinute) return { fromMinute: day.openMinute, toMinute: day.closeMinute };
    return { fromMinute: day.closeMinute, toMinute: day.minuteCount };
  }

  #mockDay(trading: TradingDay): MockDay {
    const known = this.#days.get(trading.startMs);
    if (known !== undefined) return known;
    const dateNumber = Math.round(Date.parse(`${trading.date}T00:00:00Z`) / DAY_MS);
    const minuteAt = (timeMs: number): number => Math.round((timeMs - trading.preOpenMs) / MINUTE_MS);
    const day: MockDay = {
      pathDay: this.calendar === 'us-equities' ? weekdayNumber(dateNumber) : dateNumber,
      startMs: trading.startMs,
      endMs: trading.endMs,
      firstMs: trading.preOpenMs,
      minuteCount: minuteAt(trading.postCloseMs),
      openMinute: minuteAt(trading.openMs),
      closeMinute: minuteAt(trading.closeMs),
    };
    this.#days.set(trading.startMs, day);
    return day;
  }

  #stretchesOf(day: MockDay): readonly Stretch[] {
    let stretches = this.#stretches.get(day);
    if (stretches === undefined) {
      stretches = stretchesOf(day);
      this.#stretches.set(day, stretches);
    }
    return stretches;
  }
}

function stretchesOf(day: MockDay): readonly Stretch[] {
  const { openMinute, closeMinute, minuteCount } = day;
  if (openMinute === 0) {
    return [{ fromMinute: 0, toMinute: minuteCount, variance: 0.96, volume: 1, curvature: 0.2 }];
  }
  return [
    { fromMinute: 0, toMinute: openMinute, variance: 0.06, volume: PRE_VOLUME, curvature: 0 },
    {
      fromMinute: openMinute,
      toMinute: closeMinute,
      variance: 0.7,
      volume: 1 - PRE_VOLUME - POST_VOLUME,
      curvature: 0.4,
    },
    { fromMinute: closeMinute, toMinute: minuteCount, variance: 0.04, volume: POST_VOLUME, curvature: 0 },
  ];
}

/** Numbers Monday to Friday without holes, so that a weekend is one night on the price path. */
function weekdayNumber(dateNumber: number): number {
  // 1970-01-01 was a Thursday.
  const sinceMonday = dateNumber + 3;
  return Math.floor(sinceMonday / 7) * 5 + Math.min(4, sinceMonday % 7);
}
