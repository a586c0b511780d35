import type { Instrument } from '../market/index.ts';
import type { QueryStore } from '../store/store.ts';

const MAX_SUGGESTIONS = 5;

export interface FoundInstrument {
  readonly instrument: Instrument | null;
  readonly suggestions: readonly Instrument[];
}

/** Answers from the store alone; near names share their beginning. */
export async function findStoredInstrument(
  store: Pick<QueryStore, 'instruments' | 'symbolsWithCandles'>,
  symbol: string,
): Promise<FoundInstrument> {
  const instruments = await store.instruments();
  const known = instruments.find((candidate) => candidate.symbol === symbol) ?? null;
  if (known !== null) return { instrument: known, suggestions: [] };
  if ((await store.symbolsWithCandles()).includes(symbol)) return { instrument: unnamed(symbol), suggestions: [] };
  const suggestions = instruments.filter((candidate) => candidate.symbol.startsWith(symbol.slice(0, 2)));
  return { instrument: null, suggestions: suggestions.slice(0, MAX_SUGGESTIONS) };
}

/** Data can come from a file that names nothing but symbols. */
function unnamed(symbol: string): Instrument {
  return { symbol, name: symbol, sector: '', industry: '', exchange: '', calendar: 'us-equities', priceDecimals: 2 };
}
