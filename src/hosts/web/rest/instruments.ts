import { z } from 'zod';
import { instrumentSchema } from '../../../contract/index.ts';
import { rankInstruments } from '../../../market/index.ts';
import type { Instrument } from '../../../market/index.ts';
import { keyPage } from './key-pages.ts';
import type { KeyPage } from './key-pages.ts';
import { badParameter } from './problem.ts';
import {
  DEFAULT_LIMIT,
  cursorParameter,
  datasetParameter,
  limitParameter,
  symbolsParameter,
} from './query-parameters.ts';
import { listResource } from './resource.ts';
import type { Resource } from './resource.ts';
import { knownInstrument } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';

const parameters = z.strictObject({
  symbol: symbolsParameter.optional(),
  name: z.string().trim().min(1).max(60).optional().meta({ description: 'Part of the name' }),
  query: z
    .string()
    .max(60)
    .optional()
    .meta({ description: 'Beginning of a symbol or of a word of the name; best first' }),
  limit: limitParameter,
  cursor: cursorParameter,
  dataset: datasetParameter,
});

const companyRow = instrumentSchema.pick({ symbol: true, name: true, sector: true, industry: true, exchange: true });

/** `symbols` says how to trade and show it, `companies` who is behind it. */
export function instrumentResources(services: RestServices): readonly Resource[] {
  return [
    listResource({
      path: '/symbols',
      summary:
        'Instruments: everything that the feed lists or that is stored, the named ones, or the best matches of a query',
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

async function instrumentPage(
  services: RestServices,
  query: z.output<typeof parameters>,
): Promise<KeyPage<Instrument>> {
  const { limit = DEFAULT_LIMIT, dataset } = query;
  const named = (query.name ?? '').toLowerCase();
  const hasName = (instrument: Instrument): boolean => instrument.name.toLowerCase().includes(named);
  if (query.symbol !== undefined) {
    const found: Instrument[] = [];
    for (const symbol of new Set(query.symbol)) found.push(await knownInstrument(services, symbol, dataset));
    return keyPage(found.filter(hasName), symbolOf, query);
  }
  const all = (await services.read(dataset, (store) => store.instruments())).filter(hasName);
  if (query.query === undefined) return keyPage(all, symbolOf, query);
  if (query.cursor !== undefined) throw badParameter('cursor', 'the best matches of a query are one page');
  return { items: rankInstruments(all, query.query, limit), nextCursor: null };
}

function symbolOf(instrument: Instrument): string {
  return instrument.symbol;
}
