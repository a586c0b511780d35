import type { TimeRange } from '../../../store/store.ts';
import { badParameter } from './problem.ts';
import { DEFAULT_LIMIT } from './query-parameters.ts';

export interface RangeQuery {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface TimePage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

interface Cursor {
  readonly fromMs: number;
  /** Rows of exactly that time that earlier pages had. */
  readonly skip: number;
}

/**
 * One page of a list in ascending time. With `from` (or a cursor) pages go forward to the end of the range; without, the
 * page is the latest `limit` rows and there is no next one.
 */
export async function timePage<T>(
  query: RangeQuery,
  fetch: (range: TimeRange) => Promise<readonly T[]>,
  timeMsOf: (item: T) => number,
): Promise<TimePage<T>> {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const toMs = query.to ?? null;
  const start: Cursor | null =
    query.cursor === undefined
      ? query.from === undefined
        ? null
        : { fromMs: query.from, skip: 0 }
      : readCursor(query.cursor);
  if (start === null) return { items: await fetch({ fromMs: null, toMs, limit }), nextCursor: null };
  if (toMs !== null && toMs < (query.from ?? -Infinity)) throw badParameter('to', 'must not be before from');
  const found = await fetch({ fromMs: start.fromMs, toMs, limit: start.skip + limit + 1 });
  const items = found.slice(start.skip, start.skip + limit);
  const last = items.at(-1);
  if (last === undefined || found.length <= start.skip + limit) return { items, nextCursor: null };
  const fromMs = timeMsOf(last);
  let skip = 0;
  for (const item of found.slice(0, start.skip + limit)) if (timeMsOf(item) === fromMs) skip++;
  return { items, nextCursor: writeCursor({ fromMs, skip }) };
}

function writeCursor({ fromMs, skip }: Cursor): string {
  return Buffer.from(`${fromMs}:${skip}`).toString('base64url');
}

function readCursor(text: string): Cursor {
  const found = /^(-?\d{1,16}):(\d{1,9})$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  if (found === null) throw badParameter('cursor', 'must be the nextCursor of an earlier answer');
  return { fromMs: Number(found[1]), skip: Number(found[2]) };
}
