import { z } from 'zod';
import { ERROR_OUTCOMES, formatTimestamp } from '../../../market/index.ts';
import { DEFAULT_LIMIT, datasetParameter, limitParameter, timeParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import type { RestServices } from './rest-services.ts';

const errorRow = z.object({
  scope: z.string(),
  code: z.string(),
  message: z.string(),
  outcome: z.enum(ERROR_OUTCOMES).nullable(),
  firstTime: z.iso.datetime(),
  lastTime: z.iso.datetime(),
  count: z.number(),
});

export function errorsResource(services: RestServices): Resource {
  return listResource({
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
  });
}
