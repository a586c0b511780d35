import { badParameter } from './problem.ts';
import { DEFAULT_LIMIT } from './query-parameters.ts';

export interface KeyPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** One page of a list that has a key instead of a time, ascending by that key. */
export function keyPage<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { limit = DEFAULT_LIMIT, cursor }: PageQuery,
): KeyPage<T> {
  const after = cursor === undefined ? null : readCursor(cursor);
  const rest = items
    .filter((item) => after === null || keyOf(item) > after)
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, nextCursor: last === undefined || rest.length <= limit ? null : writeCursor(keyOf(last)) };
}

/** One page of a list in an order of its own, whose items have ids; what was removed since is where it stood, or nearly so. */
export function orderedPage<T extends { readonly id: string }>(
  items: readonly T[],
  { limit = DEFAULT_LIMIT, cursor }: PageQuery,
): KeyPage<T> {
  let start = 0;
  if (cursor !== undefined) {
    const [, position = '', id = ''] = /^(\d{1,9}) (.*)$/s.exec(readCursor(cursor)) ?? [];
    if (position === '') throw badParameter('cursor', WRONG_CURSOR);
    const last = items.findIndex((item) => item.id === id);
    start = last < 0 ? Number(position) : last + 1;
  }
  const end = start + limit;
  const page = items.slice(start, end);
  const last = page.at(-1);
  return {
    items: page,
    nextCursor: last === undefined || items.length <= end ? null : writeCursor(`${end - 1} ${last.id}`),
  };
}

const WRONG_CURSOR = 'must be the nextCursor of an earlier answer';
const CURSOR_START = 'after:';

function writeCursor(key: string): string {
  return Buffer.from(CURSOR_START + key).toString('base64url');
}

/** The key after which the page begins; throws a problem for what is no cursor. */
export function readCursor(text: string): string {
  const found = Buffer.from(text, 'base64url').toString('utf8');
  if (!found.startsWith(CURSOR_START)) throw badParameter('cursor', WRONG_CURSOR);
  return found.slice(CURSOR_START.length);
}
