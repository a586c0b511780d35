import { z } from 'zod';
import { ERROR_OUTCOMES, formatTimestamp } from '../../../market/index.ts';
import {
  DEFAULT_LIMIT,
  datasetParameter,
  limitParameter,
  storedRangeParameters,
  symbolParameter,
  timeParameter,
} from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import { requireKnown } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

const gapRow = z.object({
  id: z.string(),
  symbol: z.string().nullable(),
  reason: z.string(),
  fromTime: z.iso.datetime(),
  toTime: z.iso.datetime(),
  lostCount: z.number().nullable(),
  detail: z.string(),
  backfilledTime: z.iso.datetime().nullable(),
});

const errorRow = z.object({
  scope: z.string(),
  code: z.string(),
  message: z.string(),
  outcome: z.enum(ERROR_OUTCOMES).nullable(),
  firstTime: z.iso.datetime(),
  lastTime: z.iso.datetime(),
  count: z.number(),
});

/** What was lost, what went wrong. */
export function dataQualityResources(services: RestServices): readonly Resource[] {
  return [
    listResource({
      path: '/gaps',
      summary: 'Stretches of data that were lost, ascending by their start',
      query: z.strictObject({ symbol: symbolParameter.optional(), ...storedRangeParameters }),
      row: gapRow,
      answer: async (query) => {
        const page = await timePage(
          query,
          (range) => services.read(query.dataset, (store) => store.gaps({ ...range, symbol: query.symbol ?? null })),
          (gap) => gap.fromMs,
        );
        if (query.symbol !== undefined) {
          await requireKnown(services, query.symbol, page.items.length === 0, query.dataset);
        }
        const rows = page.items.map(({ fromMs, toMs, backfilledMs, ...gap }) => ({
          ...gap,
          fromTime: formatTimestamp(fromMs),
          toTime: formatTimestamp(toMs),
          backfilledTime: backfilledMs === null ? null : formatTimestamp(backfilledMs),
        }));
        return { rows, nextCursor: page.nextCursor };
      },
    }),
    listResource({
      path: '/errors',
      summary: 'What went wrong and what was done about it, repeats counted, the latest first',
      query: z.strictObject({
        from: timeParameter.optional().meta({ description: 'Happened then or later (ISO 8601)', format: 'date-time' }),
        to: timeParameter.optional().meta({ description: 'Happened before (ISO 8601)', format: 'date-time' }),
        limit: limitParameter,
        dataset: datasetParameter,
      }),
      row: errorRow,
      answer: async ({ from, to, limit = DEFAULT_LIMIT, dataset }) => {
        const range = { fromMs: from ?? null, toMs: to ?? null, limit };
        const errors = await services.read(dataset, (store) => store.errors(range));
        const rows = errors.map(({ firstMs, lastMs, ...error }) => ({
          ...error,
          firstTime: formatTimestamp(firstMs),
          lastTime: formatTimestamp(lastMs),
        }));
        return { rows, nextCursor: null };
      },
    }),
  ];
}
