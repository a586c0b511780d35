import { badParameter } from './problem.ts';
import { DEFAULT_LIMIT } from './query-parameters.ts';

export interface KeyPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** One page of a list that has a key instead of a time, ascending by that key. */
export function keyPage<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { limit = DEFAULT_LIMIT, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): KeyPage<T> {
  const after = cursor === undefined ? null : readCursor(cursor);
  const rest = items
    .filter((item) => after === null || keyOf(item) > after)
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, nextCursor: last === undefined || rest.length <= limit ? null : writeCursor(keyOf(last)) };
}

const CURSOR_START = 'after:';

function writeCursor(key: string): string {
  return Buffer.from(CURSOR_START + key).toString('base64url');
}

/** The key after which the page begins; throws a problem for what is no cursor. */
export function readCursor(text: string): string {
  const found = Buffer.from(text, 'base64url').toString('utf8');
  if (!found.startsWith(CURSOR_START)) throw badParameter('cursor', 'must be the nextCursor of an earlier answer');
  return found.slice(CURSOR_START.length);
}
