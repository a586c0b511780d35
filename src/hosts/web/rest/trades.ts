import { z } from 'zod';
import { formatTimestamp, isBefore } from '../../../market/index.ts';
import type { QueryStore, StoredTrade } from '../../../store/store.ts';
import { exactBounds, storedRangeParameters, symbolParameter } from './query-parameters.ts';
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

/** The store's ranges are of whole milliseconds: of the first and the last one it may be asked for more than is wanted. */
async function tradesWithin(
  store: QueryStore,
  query: Parameters<QueryStore['trades']>[0],
  isWithin: (trade: StoredTrade) => boolean,
): Promise<readonly StoredTrade[]> {
  for (let unwanted = 0; ;) {
    const limit = query.limit + unwanted;
    const found = await store.trades({ ...query, limit });
    const wanted = found.filter(isWithin);
    if (found.length < limit || wanted.length >= query.limit) {
      return query.fromMs === null ? wanted.slice(-query.limit) : wanted.slice(0, query.limit);
    }
    unwanted = found.length - wanted.length;
  }
}

export function tradesResource(services: RestServices): Resource {
  return listResource({
    path: '/trades',
    summary: 'Prints of a symbol as they stand after corrections, ascending by exchange time',
    query: z.strictObject({ symbol: symbolParameter, ...storedRangeParameters, ...exactBounds }),
    row: tradeRow,
    answer: async ({ symbol, dataset, from, to, ...query }) => {
      const isWithin = (trade: StoredTrade): boolean =>
        !(from !== undefined && isBefore(trade, from)) && (to === undefined || isBefore(trade, to));
      const page = await timePage(
        { ...query, from: from?.timeMs, to: to === undefined ? undefined : to.timeMs + Math.sign(to.nanosOfMs) },
        (range) => services.read(dataset, (store) => tradesWithin(store, { ...range, symbol }, isWithin)),
        (trade) => trade.timeMs,
      );
      await requireKnown(services, symbol, page.items.length === 0, dataset);
      return { rows: page.items.map(tradeRecord), nextCursor: page.nextCursor };
    },
  });
}
