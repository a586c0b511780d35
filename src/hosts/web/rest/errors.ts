import { z } from 'zod';
import { ERROR_OUTCOMES, formatTimestamp } from '../../../market/index.ts';
import { storedRangeParameters, timeParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

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
    summary: 'What went wrong and what was done about it, repeats counted, ascending by the last time',
    query: z.strictObject({
      ...storedRangeParameters,
      from: timeParameter.optional().meta({ description: 'Happened then or later (ISO 8601)', format: 'date-time' }),
      to: timeParameter.optional().meta({ description: 'Happened before (ISO 8601)', format: 'date-time' }),
    }),
    row: errorRow,
    answer: async ({ dataset, ...query }) => {
      const page = await timePage(
        query,
        (range) => services.read(dataset, (store) => store.errors(range)),
        (error) => error.lastMs,
      );
      const rows = page.items.map(({ firstMs, lastMs, ...error }) => ({
        ...error,
        firstTime: formatTimestamp(firstMs),
        lastTime: formatTimestamp(lastMs),
      }));
      return { rows, nextCursor: page.nextCursor };
    },
  });
}
