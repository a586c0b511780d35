import { z } from 'zod';
import { alertConditionSchema } from '../../../contract/index.ts';
import { formatTimestamp } from '../../../market/index.ts';
import { storedRangeParameters, symbolParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import { requireKnown } from './rest-services.ts';
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
    query: z.strictObject({ symbol: symbolParameter.optional(), ...storedRangeParameters }),
    row: alertRow,
    answer: async (query) => {
      const page = await timePage(
        query,
        (range) => services.read(query.dataset, (store) => store.alerts({ ...range, symbol: query.symbol ?? null })),
        (alert) => alert.timeMs,
      );
      if (query.symbol !== undefined) {
        await requireKnown(services, query.symbol, page.items.length === 0, query.dataset);
      }
      const rows = page.items.map(({ timeMs, ...alert }) => ({ ...alert, time: formatTimestamp(timeMs) }));
      return { rows, nextCursor: page.nextCursor };
    },
  });
}
