import { z } from 'zod';
import { alertConditionSchema } from '../../../contract/index.ts';
import { formatTimestamp } from '../../../market/index.ts';
import { rangeParameters, symbolParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

const alertRow = z.object({
  id: z.string(),
  ruleId: z.string(),
  symbol: z.string(),
  time: z.iso.datetime(),
  price: z.number(),
  value: z.number(),
  message: z.string(),
  condition: alertConditionSchema,
});

export function alertsResource(services: RestServices): Resource {
  return listResource({
    path: '/alerts',
    summary: 'Alerts that fired, ascending by time',
    query: z.strictObject({ symbol: symbolParameter.optional(), ...rangeParameters }),
    row: alertRow,
    answer: async (query) => {
      const page = await timePage(
        query,
        (range) => services.store().alerts({ ...range, symbol: query.symbol ?? null }),
        (alert) => alert.timeMs,
      );
      const rows = page.items.map(({ timeMs, ...alert }) => ({ ...alert, time: formatTimestamp(timeMs) }));
      return { rows, nextCursor: page.nextCursor };
    },
  });
}
