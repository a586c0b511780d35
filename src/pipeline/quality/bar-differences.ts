import type { QueryStore, SymbolStretch } from '../../store/store.ts';

const COMPARED_FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;

/** One value in which a bar of the feed and the candle built here from trades differ, as both stand now. */
export interface ValueDifference {
  readonly symbol: string;
  readonly interval: '1m';
  readonly openTimeMs: number;
  readonly field: (typeof COMPARED_FIELDS)[number];
  readonly builtValue: number;
  readonly feedValue: number;
}

/** Of the first `limit` candles that differ, or of the latest; ascending by open time. */
export async function barDifferences(
  store: Pick<QueryStore, 'barDifferences'>,
  stretch: SymbolStretch,
  limit: number,
  end: 'first' | 'latest',
): Promise<readonly ValueDifference[]> {
  const pairs = await store.barDifferences(stretch, limit, end);
  return pairs.flatMap(({ built, feed }) =>
    COMPARED_FIELDS.filter((field) => built[field] !== feed[field]).map((field): ValueDifference => ({
      symbol: built.symbol,
      interval: '1m',
      openTimeMs: built.openTimeMs,
      field,
      builtValue: built[field],
      feedValue: feed[field],
    })),
  );
}
