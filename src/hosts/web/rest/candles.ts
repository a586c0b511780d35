import { z } from 'zod';
import { INTERVALS, candleToRecord } from '../../../market/index.ts';
import { intervalParameter, storedRangeParameters, symbolParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import { requireKnown } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

const SOURCES = ['live', 'backfill', 'replay', 'mock', 'feed-bar'] as const;

const candleRow = z.object({
  symbol: z.string(),
  interval: z.enum(INTERVALS),
  openTime: z.iso.datetime(),
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
  vwap: z.number().nullable(),
  tradeCount: z.number(),
  revision: z.number(),
  isClosed: z.boolean(),
  source: z.enum(SOURCES),
});

export function candlesResource(services: RestServices): Resource {
  return listResource({
    path: '/candles',
    summary: 'Candles of a symbol, ascending by open time',
    query: z.strictObject({
      symbol: symbolParameter,
      interval: intervalParameter.default('1m'),
      source: z.enum(SOURCES).optional().meta({ description: 'Only candles of this source' }),
      ...storedRangeParameters,
    }),
    row: candleRow,
    answer: async (query) => {
      const { symbol, interval, source = null } = query;
      const page = await timePage(
        query,
        (range) => services.read(query.dataset, (store) => store.candles({ ...range, symbol, interval, source })),
        (candle) => candle.openTimeMs,
      );
      await requireKnown(services, symbol, page.items.length === 0, query.dataset);
      return { rows: page.items.map((candle) => ({ ...candleToRecord(candle) })), nextCursor: page.nextCursor };
    },
  });
}
