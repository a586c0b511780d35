import { z } from 'zod';
import { instrumentSchema } from '../../../contract/index.ts';
import type { Instrument } from '../../../market/index.ts';
import { unknownSymbol } from './problem.ts';
import { DEFAULT_LIMIT, limitParameter, symbolsParameter } from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import type { RestServices } from './rest-services.ts';

const parameters = z.strictObject({
  symbol: symbolsParameter.optional(),
  query: z.string().max(60).optional().meta({ description: 'Part of a symbol or a name; best matches first' }),
  limit: limitParameter,
  cursor: z.string().max(40).optional().meta({ description: 'nextCursor of the page before' }),
});

const companyRow = instrumentSchema.pick({ symbol: true, name: true, sector: true, industry: true, exchange: true });

/** `symbols` says how to trade and show it, `companies` who is behind it. */
export function instrumentResources(services: RestServices): readonly Resource[] {
  return [
    listResource({
      path: '/symbols',
      summary: 'Instruments: all that are known here, the named ones, or the best matches of a query',
      query: parameters,
      row: instrumentSchema,
      answer: async (query) => {
        const page = await instrumentPage(services, query);
        return { rows: page.items.map((instrument) => ({ ...instrument })), nextCursor: page.nextCursor };
      },
    }),
    listResource({
      path: '/companies',
      summary: 'Companies behind the instruments',
      query: parameters,
      row: companyRow,
      answer: async (query) => {
        const page = await instrumentPage(services, query);
        const rows = page.items.map(({ symbol, name, sector, industry, exchange }) => ({
          symbol,
          name,
          sector,
          industry,
          exchange,
        }));
        return { rows, nextCursor: page.nextCursor };
      },
    }),
  ];
}

interface InstrumentPage {
  readonly items: readonly Instrument[];
  readonly nextCursor: string | null;
}

async function instrumentPage(
  services: RestServices,
  { symbol: symbols, query, limit = DEFAULT_LIMIT, cursor }: z.output<typeof parameters>,
): Promise<InstrumentPage> {
  if (symbols !== undefined) {
    const items: Instrument[] = [];
    for (const symbol of symbols) {
      const { instrument, suggestions } = await services.findInstrument(symbol);
      if (instrument === null) throw unknownSymbol(symbol, suggestions);
      items.push(instrument);
    }
    return { items, nextCursor: null };
  }
  if (query !== undefined) return { items: await services.desk().searchInstruments(query, limit), nextCursor: null };
  const all = (await services.store().instruments()).toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));
  const rest = cursor === undefined ? all : all.filter((instrument) => instrument.symbol > cursor);
  const items = rest.slice(0, limit);
  return { items, nextCursor: rest.length > limit ? (items.at(-1)?.symbol ?? null) : null };
}
