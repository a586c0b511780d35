import { z } from 'zod';
import { formatTimestamp } from '../../../market/index.ts';
import { barDifferences } from '../../../pipeline/quality/bar-differences.ts';
import { type DayQuality, readDayQuality } from '../../../pipeline/quality/day-quality.ts';
import { keyPage, readCursor } from './key-pages.ts';
import { badParameter } from './problem.ts';
import {
  DEFAULT_LIMIT,
  datasetParameter,
  limitParameter,
  rangeParameters,
  storedRangeParameters,
  symbolParameter,
} from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import { requireKnown } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

const DAY_MS = 86_400_000;
/** Over a long weekend too there is a trading day in it. */
export const DEFAULT_RANGE_MS = 5 * DAY_MS;
const MAX_RANGE_MS = 31 * DAY_MS;

const count = (description: string) => z.number().meta({ description });

const dayRow = z.object({
  day: z.string().meta({ description: 'Trading day of the symbol’s calendar, YYYY-MM-DD', format: 'date' }),
  symbol: z.string(),
  trades: count('Prints in the candles built here'),
  duplicates: count('Prints that came again and were dropped'),
  lateTrades: count('Prints that came after the candle of their minute had closed'),
  revisedCandles: count('1m candles that changed after they had closed'),
  barsCompared: count('Minutes with a bar of the feed and a candle built here'),
  barsDiffering: count('Of these, the ones that differ in a price or in volume'),
  expectedMinutes: count('Minutes of the regular session that are over'),
  coveredMinutes: count('Of these, the ones with a candle; a minute without a trade has none'),
  coveragePercent: z.number().nullable(),
  backfilledMinutes: count('Minutes that only a backfill has filled'),
  missingMinutes: count('Minutes that the feed has a bar of, or an open gap covers, and that have no candle'),
  gaps: count('Gaps that touch the day, of the symbol or of the whole feed'),
  openGaps: z.number(),
});

const differenceRow = z.object({
  symbol: z.string(),
  interval: z.string(),
  openTime: z.iso.datetime(),
  field: z.string(),
  builtValue: z.number(),
  feedValue: z.number(),
});

const keyOfDay = ({ day, symbol }: DayQuality): string => `${day} ${symbol}`;

/** How good the data is: by symbol and day, and where bars of the feed say otherwise. */
export function dayQualityResources(services: RestServices): readonly Resource[] {
  const stretchOf = (query: { readonly from?: number | undefined; readonly to?: number | undefined }) => {
    const { nowMs } = services.current();
    const toMs = query.to ?? nowMs;
    const fromMs = query.from ?? toMs - DEFAULT_RANGE_MS;
    if (toMs < fromMs) throw badParameter('to', 'must not be before from');
    if (toMs - fromMs > MAX_RANGE_MS) throw badParameter('from', 'may lie at most 31 days before to');
    return { fromMs, toMs, nowMs };
  };
  return [
    listResource({
      path: '/data-quality',
      summary:
        'Counts by symbol and trading day, ascending by day, then symbol; the last five days unless told otherwise',
      query: z.strictObject({
        symbol: symbolParameter.optional(),
        ...rangeParameters,
        limit: limitParameter,
        dataset: datasetParameter,
      }),
      row: dayRow,
      answer: async ({ symbol, dataset, limit, cursor, ...query }) => {
        const stretch = stretchOf(query);
        const symbols = symbol === undefined ? null : [symbol];
        // Days before the page need not be counted, nor those after it.
        const after = cursor === undefined ? '' : readCursor(cursor);
        const firstMs = Date.parse(after.slice(0, 10));
        const fromMs = Number.isNaN(firstMs) ? stretch.fromMs : Math.max(stretch.fromMs, firstMs);
        const isEnough = (rows: readonly DayQuality[]): boolean =>
          rows.filter((row) => keyOfDay(row) > after).length > (limit ?? DEFAULT_LIMIT);
        const days = await services.read(dataset, (store) =>
          readDayQuality(store, { ...stretch, fromMs, symbols, isEnough }),
        );
        if (symbol !== undefined) await requireKnown(services, symbol, days.length === 0, dataset);
        const page = keyPage(days, keyOfDay, { limit, cursor });
        const rows = page.items.map(({ startMs: _start, openMs: _open, ...row }) => ({
          ...row,
          coveragePercent:
            row.expectedMinutes === 0 ? null : Math.round((row.coveredMinutes / row.expectedMinutes) * 10_000) / 100,
        }));
        return { rows, nextCursor: page.nextCursor };
      },
    }),
    listResource({
      path: '/data-quality/differences',
      summary:
        'Values in which 1m bars of the feed and candles built here differ, ascending by open time; the last five days unless told otherwise',
      query: z.strictObject({ symbol: symbolParameter.optional(), ...storedRangeParameters }),
      row: differenceRow,
      answer: async ({ symbol, dataset, ...query }) => {
        const stretch = stretchOf(query);
        const symbols = symbol === undefined ? null : [symbol];
        const page = await timePage(
          { ...query, to: stretch.toMs },
          async ({ fromMs, toMs, limit }) => {
            const end = fromMs === null ? 'latest' : 'first';
            const asked = { symbols, fromMs: fromMs ?? stretch.fromMs, toMs: toMs ?? stretch.toMs };
            const found = await services.read(dataset, (store) => barDifferences(store, asked, limit, end));
            // A candle may differ in several values.
            return end === 'first' ? found.slice(0, limit) : found.slice(-limit);
          },
          (difference) => difference.openTimeMs,
        );
        if (symbol !== undefined) await requireKnown(services, symbol, page.items.length === 0, dataset);
        const rows = page.items.map(({ openTimeMs, ...row }) => ({ ...row, openTime: formatTimestamp(openTimeMs) }));
        return { rows, nextCursor: page.nextCursor };
      },
    }),
  ];
}
