import { z } from 'zod';
import { formatTimestamp } from '../../../market/index.ts';
import type { LatestQuote } from '../../../pipeline/pipeline.ts';
import { keyPage } from './key-pages.ts';
import { badParameter } from './problem.ts';
import { cursorParameter, datasetParameter, limitParameter, symbolsParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource, Row } from './resource.ts';
import { requireKnown } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';

const quoteRow = z.object({
  symbol: z.string(),
  /** Of the trade or the quote, whichever is later. */
  time: z.iso.datetime().nullable(),
  last: z.number().nullable(),
  lastSize: z.number().nullable(),
  bid: z.number().nullable(),
  bidSize: z.number().nullable(),
  ask: z.number().nullable(),
  askSize: z.number().nullable(),
  open: z.number().nullable(),
  high: z.number().nullable(),
  low: z.number().nullable(),
  previousClose: z.number().nullable(),
  volume: z.number().nullable(),
});

export function quotesResource(services: RestServices): Resource {
  return listResource({
    path: '/quotes',
    summary: 'The latest trade and quote of each symbol that is watched',
    query: z.strictObject({
      symbol: symbolsParameter.optional(),
      limit: limitParameter,
      cursor: cursorParameter,
      dataset: datasetParameter.meta({ description: 'Only the dataset being run has quotes' }),
    }),
    row: quoteRow,
    answer: async (query) => {
      const symbols = query.symbol;
      const running = services.current().dataset;
      if (query.dataset !== undefined && query.dataset !== running) {
        throw badParameter('dataset', `only the dataset being run has quotes, which is ${running}`);
      }
      const rows = services.desk().latestQuotes(symbols ?? null);
      for (const symbol of symbols ?? []) {
        const found = rows.find((row) => row.symbol === symbol);
        await requireKnown(services, symbol, found === undefined || (found.trade === null && found.quote === null));
      }
      const page = keyPage(rows, (row) => row.symbol, query);
      return { rows: page.items.map(quoteRecord), nextCursor: page.nextCursor };
    },
  });
}

function quoteRecord({ symbol, trade, quote, open, high, low, previousClose, volume }: LatestQuote): Row {
  const timeMs = Math.max(trade?.timeMs ?? 0, quote?.timeMs ?? 0);
  return {
    symbol,
    time: timeMs === 0 ? null : formatTimestamp(timeMs),
    last: trade?.price ?? null,
    lastSize: trade?.size ?? null,
    bid: quote?.bid ?? null,
    bidSize: quote?.bidSize ?? null,
    ask: quote?.ask ?? null,
    askSize: quote?.askSize ?? null,
    open,
    high,
    low,
    previousClose,
    volume,
  };
}
