import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { watchlistSchema } from '../../../contract/index.ts';
import type { Watchlist } from '../../../contract/index.ts';
import { findWatchlist, withWatchlist, withoutWatchlist } from '../../settings/watchlist-operations.ts';
import { itemResource, listResource, noBody } from './resource.ts';
import type { Resource } from './resource.ts';
import { requireSymbols } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';

const listBody = z.strictObject({
  name: watchlistSchema.shape.name,
  symbols: watchlistSchema.shape.symbols.default([]),
});
const listChange = z.strictObject({
  name: watchlistSchema.shape.name.optional(),
  symbols: watchlistSchema.shape.symbols.optional(),
});

export function watchlistResources(services: RestServices): readonly Resource[] {
  const path = '/watchlists/:id';
  const { settings } = services;
  const save = async (list: Watchlist, known: readonly string[]): Promise<Watchlist> => {
    await requireSymbols(
      services,
      list.symbols.filter((symbol) => !known.includes(symbol)),
    );
    const saved = settings.saveWatchlists(withWatchlist(settings.watchlists(), list));
    await services.applyWatchlists();
    return findWatchlist(saved, list.id);
  };
  return [
    listResource({
      path: '/watchlists',
      summary: 'All watchlists, in their order',
      query: z.strictObject({}),
      row: watchlistSchema,
      answer: () => Promise.resolve({ rows: settings.watchlists(), nextCursor: null }),
    }),
    itemResource({
      method: 'POST',
      path: '/watchlists',
      summary: 'Create a watchlist; its symbols are subscribed',
      body: listBody,
      row: watchlistSchema,
      answer: async (body) => {
        const value = await save({ ...body, id: randomUUID() }, []);
        return { kind: 'created', value, location: `/api/v1/watchlists/${value.id}` };
      },
    }),
    itemResource({
      method: 'GET',
      path,
      summary: 'One watchlist',
      body: noBody,
      row: watchlistSchema,
      answer: async (_body, id) => ({ kind: 'one', value: findWatchlist(settings.watchlists(), id) }),
    }),
    itemResource({
      method: 'PUT',
      path,
      summary: 'Replace a watchlist',
      body: listBody,
      row: watchlistSchema,
      answer: async (body, id) => {
        const { symbols } = findWatchlist(settings.watchlists(), id);
        return { kind: 'one', value: await save({ ...body, id }, symbols) };
      },
    }),
    itemResource({
      method: 'PATCH',
      path,
      summary: 'Rename a watchlist or change its symbols',
      body: listChange,
      row: watchlistSchema,
      answer: async (body, id) => {
        const list = findWatchlist(settings.watchlists(), id);
        const changed = { id, name: body.name ?? list.name, symbols: body.symbols ?? list.symbols };
        const value = await save(changed, list.symbols);
        return { kind: 'one', value };
      },
    }),
    itemResource({
      method: 'DELETE',
      path,
      summary: 'Delete a watchlist',
      body: noBody,
      row: watchlistSchema,
      answer: async (_body, id) => {
        settings.saveWatchlists(withoutWatchlist(settings.watchlists(), id));
        await services.applyWatchlists();
        return { kind: 'gone' };
      },
    }),
  ];
}
