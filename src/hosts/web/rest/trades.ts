import { z } from 'zod';
import { formatTimestamp } from '../../../market/index.ts';
import type { StoredTrade } from '../../../store/store.ts';
import { storedRangeParameters, symbolParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource, Row } from './resource.ts';
import { requireKnown } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';
import { timePage } from './time-pages.ts';

const tradeRow = z.object({
  symbol: z.string(),
  time: z.iso.datetime(),
  price: z.number(),
  size: z.number(),
  id: z.string(),
  exchange: z.string(),
  tape: z.string(),
  conditions: z.array(z.string()),
  sequence: z.number().nullable(),
  amendment: z.enum(['corrected', 'cancelled']).nullable(),
  source: z.string(),
  provider: z.string(),
});

function tradeRecord(trade: StoredTrade): Row {
  return {
    symbol: trade.symbol,
    time: formatTimestamp(trade.timeMs, trade.nanosOfMs),
    price: trade.price,
    size: trade.size,
    id: trade.id,
    exchange: trade.exchange,
    tape: trade.tape,
    conditions: trade.conditions,
    sequence: trade.sequence,
    amendment: trade.amendment,
    source: trade.source,
    provider: trade.provider,
  };
}

export function tradesResource(services: RestServices): Resource {
  return listResource({
    path: '/trades',
    summary: 'Prints of a symbol as they stand after corrections, ascending by exchange time',
    query: z.strictObject({ symbol: symbolParameter, ...storedRangeParameters }),
    row: tradeRow,
    answer: async (query) => {
      const page = await timePage(
        query,
        (range) => services.read(query.dataset, (store) => store.trades({ ...range, symbol: query.symbol })),
        (trade) => trade.timeMs,
      );
      await requireKnown(services, query.symbol, page.items.length === 0, query.dataset);
      return { rows: page.items.map(tradeRecord), nextCursor: page.nextCursor };
    },
  });
}
