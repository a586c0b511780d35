import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { watchlistSchema } from '../../../contract/index.ts';
import type { Watchlist } from '../../../contract/index.ts';
import { findWatchlist, withWatchlist, withoutWatchlist } from '../../settings/watchlist-operations.ts';
import { orderedPage } from './key-pages.ts';
import { cursorParameter, limitParameter } from './query-parameters.ts';
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
  const requireNewSymbols = (symbols: readonly string[], known: readonly string[]): Promise<void> =>
    requireSymbols(
      services,
      symbols.filter((symbol) => !known.includes(symbol)),
    );
  /** `listOf` gets the lists as they are when they are written. */
  const save = async (id: string, listOf: (lists: readonly Watchlist[]) => Watchlist): Promise<Watchlist> => {
    const saved = settings.changeWatchlists((lists) => withWatchlist(lists, listOf(lists)));
    await services.applyWatchlists();
    return findWatchlist(saved, id);
  };
  return [
    listResource({
      path: '/watchlists',
      summary: 'All watchlists, in their order',
      query: z.strictObject({ limit: limitParameter, cursor: cursorParameter }),
      row: watchlistSchema,
      answer: async (query) => {
        const page = orderedPage(settings.watchlists(), query);
        return { rows: page.items, nextCursor: page.nextCursor };
      },
    }),
    itemResource({
      method: 'POST',
      path: '/watchlists',
      summary: 'Create a watchlist; its symbols are subscribed',
      body: listBody,
      row: watchlistSchema,
      answer: async (body) => {
        await requireSymbols(services, body.symbols);
        const id = randomUUID();
        const value = await save(id, () => ({ ...body, id }));
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
        await requireNewSymbols(body.symbols, findWatchlist(settings.watchlists(), id).symbols);
        const value = await save(id, (lists) => ({ ...findWatchlist(lists, id), ...body }));
        return { kind: 'one', value };
      },
    }),
    itemResource({
      method: 'PATCH',
      path,
      summary: 'Rename a watchlist or change its symbols',
      body: listChange,
      row: watchlistSchema,
      answer: async (body, id) => {
        await requireNewSymbols(body.symbols ?? [], findWatchlist(settings.watchlists(), id).symbols);
        const value = await save(id, (lists) => {
          const { name, symbols } = findWatchlist(lists, id);
          return { id, name: body.name ?? name, symbols: body.symbols ?? symbols };
        });
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
        settings.changeWatchlists((lists) => withoutWatchlist(lists, id));
        await services.applyWatchlists();
        return { kind: 'gone' };
      },
    }),
  ];
}
