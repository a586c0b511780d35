import { z } from 'zod';
import { formatTimestamp, sessionCalendar } from '../../../market/index.ts';
import type { CalendarName, DatasetName, TradingDay } from '../../../market/index.ts';
import { badParameter } from './problem.ts';
import { limitParameter, storedRangeParameters, symbolParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource, Row } from './resource.ts';
import { knownInstrument } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
/** From where only one end of the range is given. */
const MOST_DAYS = 366;
/** More than half of all other days are trading days. */
const MOST_DAYS_CLOSED = 14;

const dayRow = z.object({
  name: z.string(),
  date: z.iso.date(),
  preOpen: z.iso.datetime(),
  open: z.iso.datetime(),
  close: z.iso.datetime(),
  postClose: z.iso.datetime(),
});

export function calendarResource(services: RestServices): Resource {
  return listResource({
    path: '/calendar',
    summary: 'Trading days with the bounds of their sessions, ascending; the coming thirty days unless asked otherwise',
    query: z.strictObject({
      name: z
        .enum(['us-equities', 'always-open'], { error: 'must be us-equities or always-open' })
        .optional()
        .meta({ description: 'Default: the calendar that most symbols follow' }),
      symbol: symbolParameter.optional().meta({ description: 'The calendar that this one follows' }),
      ...storedRangeParameters,
      limit: limitParameter,
    }),
    row: dayRow,
    answer: async (query) => {
      const { nowMs } = services.current();
      const name = await calendarName(services, query);
      const calendar = sessionCalendar(name);
      const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
      const isOpenEnded = query.from === undefined && query.to === undefined;
      const from = isOpenEnded ? todayMs : query.from;
      // Days go on for ever: an end that moved with the cursor would never be reached.
      const to = query.to ?? (isOpenEnded ? todayMs + DEFAULT_DAYS * DAY_MS : (from ?? todayMs) + MOST_DAYS * DAY_MS);
      const page = await timePage(
        { ...query, from, to },
        ({ fromMs, limit }) => {
          const startMs = fromMs ?? to - MOST_DAYS * DAY_MS;
          // A page of centuries must not take the time that all of them take.
          const enoughMs = fromMs === null ? to : fromMs + (2 * limit + MOST_DAYS_CLOSED) * DAY_MS;
          const days = calendar.days(startMs - DAY_MS, Math.min(to, enoughMs) + DAY_MS).filter((day) => {
            const dateMs = dateMsOf(day);
            return dateMs >= startMs && dateMs < to;
          });
          return Promise.resolve(fromMs === null ? days.slice(-limit) : days.slice(0, limit));
        },
        dateMsOf,
      );
      return { rows: page.items.map((day) => dayRecord(name, day)), nextCursor: page.nextCursor };
    },
  });
}

async function calendarName(
  services: RestServices,
  {
    name,
    symbol,
    dataset,
  }: {
    readonly name?: CalendarName | undefined;
    readonly symbol?: string | undefined;
    readonly dataset?: DatasetName | undefined;
  },
): Promise<CalendarName> {
  if (symbol !== undefined) {
    const { calendar } = await knownInstrument(services, symbol, dataset);
    if (name === undefined || name === calendar) return calendar;
    throw badParameter('name', `${symbol} follows ${calendar}, not ${name}; leave one of the two out`);
  }
  if (name !== undefined) return name;
  const common = await services.read(dataset, (store) => store.commonCalendar());
  return common ?? ((dataset ?? services.current().dataset) === 'mock' ? 'always-open' : 'us-equities');
}

/** A day belongs to a range by its date, whatever the zone of the market. */
function dateMsOf(day: TradingDay): number {
  return Date.parse(`${day.date}T00:00:00Z`);
}

function dayRecord(name: string, day: TradingDay): Row {
  return {
    name,
    date: day.date,
    preOpen: formatTimestamp(day.preOpenMs),
    open: formatTimestamp(day.openMs),
    close: formatTimestamp(day.closeMs),
    postClose: formatTimestamp(day.postCloseMs),
  };
}
