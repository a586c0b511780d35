import { watchlistSchema } from '../../contract/index.ts';
import type { Watchlist } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';

const MAX_LISTS = 200;

/** Validates every list and drops repeats of a symbol within one. Throws `bad-input`. */
export function checkWatchlists(lists: readonly Watchlist[]): readonly Watchlist[] {
  if (lists.length > MAX_LISTS)
    throw new TapedeckError('bad-input', `no more than ${MAX_LISTS} watchlists can be kept`);
  return lists.map((list) => {
    const parsed = watchlistSchema.safeParse({ ...list, symbols: [...list.symbols] });
    if (parsed.success) return { ...parsed.data, symbols: [...new Set(parsed.data.symbols)] };
    const issue = parsed.error.issues[0];
    throw new TapedeckError('bad-input', `watchlist ${list.name}: ${issue?.path.join('.')} ${issue?.message}`);
  });
}

/** Replaces the list of the same id in its place, or adds it at the end. Throws `conflict` for a name already in use. */
export function withWatchlist(lists: readonly Watchlist[], saved: Watchlist): readonly Watchlist[] {
  if (lists.some((list) => list.id !== saved.id && sameName(list.name, saved.name))) {
    throw new TapedeckError('conflict', `there is a watchlist called ${saved.name} already`);
  }
  const isKnown = lists.some((list) => list.id === saved.id);
  return isKnown ? lists.map((list) => (list.id === saved.id ? saved : list)) : [...lists, saved];
}

/** Throws `not-found` for an id that no list has. */
export function withoutWatchlist(lists: readonly Watchlist[], id: string): readonly Watchlist[] {
  findWatchlist(lists, id);
  return lists.filter((list) => list.id !== id);
}

export function findWatchlist(lists: readonly Watchlist[], id: string): Watchlist {
  const found = lists.find((list) => list.id === id);
  if (found === undefined) throw new TapedeckError('not-found', `there is no watchlist with id ${id}`);
  return found;
}

/** The named ids first, in that order; lists nobody named keep their order behind them. */
export function reorderWatchlists(lists: readonly Watchlist[], ids: readonly string[]): readonly Watchlist[] {
  const named = ids.map((id) => findWatchlist(lists, id));
  return [...new Set(named), ...lists.filter((list) => !ids.includes(list.id))];
}

/** Lists with a name that exists get their symbols merged in; the others are added under new ids. */
export function mergeWatchlists(
  lists: readonly Watchlist[],
  imported: readonly Pick<Watchlist, 'name' | 'symbols'>[],
  newId: () => string,
): readonly Watchlist[] {
  let merged = lists;
  for (const { name, symbols } of imported) {
    const existing = merged.find((list) => sameName(list.name, name));
    const saved: Watchlist =
      existing === undefined
        ? { id: newId(), name, symbols: [...new Set(symbols)] }
        : { ...existing, symbols: [...new Set([...existing.symbols, ...symbols])] };
    merged = withWatchlist(merged, saved);
  }
  return merged;
}

export function symbolsOf(lists: readonly Watchlist[]): readonly string[] {
  return [...new Set(lists.flatMap((list) => list.symbols))];
}

function sameName(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
