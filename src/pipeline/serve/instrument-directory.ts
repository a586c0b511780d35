import type { Feed } from '../../feeds/feed.ts';
import type { Instrument } from '../../market/index.ts';
import type { QueryStore } from '../../store/store.ts';

const REREAD_AFTER_MS = 60_000;
const SHORTEST_PREFIX = 1;

export interface FoundInstrument {
  readonly instrument: Instrument | null;
  readonly suggestions: readonly Instrument[];
}

/** Finds instruments: at the feed where this host has one, else among those in the store. */
export class InstrumentDirectory {
  readonly #feed: Feed | null;
  readonly #store: Pick<QueryStore, 'instruments'>;
  #stored: readonly Instrument[] = [];
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(feed: Feed | null, store: Pick<QueryStore, 'instruments'>) {
    this.#feed = feed;
    this.#store = store;
  }

  async search(query: string, limit: number): Promise<readonly Instrument[]> {
    const wanted = query.trim();
    if (wanted === '') return (await this.stored()).slice(0, limit);
    if (this.#feed !== null) {
      const found = await this.#feed.findInstruments(wanted, limit);
      if (found.length > 0) return found;
    }
    return searchList(await this.stored(), wanted, limit);
  }

  /** An unknown symbol comes with the names that share its longest beginning. */
  async find(symbol: string, limit: number): Promise<FoundInstrument> {
    const wanted = symbol.trim().toUpperCase();
    const known = (await this.stored()).find((instrument) => instrument.symbol === wanted);
    const instrument = known ?? (this.#feed === null ? null : await this.#feed.instrument(wanted));
    if (instrument !== null) return { instrument, suggestions: [] };
    for (let length = wanted.length; length >= SHORTEST_PREFIX; length--) {
      const suggestions = await this.search(wanted.slice(0, length), limit);
      if (suggestions.length > 0) return { instrument: null, suggestions };
    }
    return { instrument: null, suggestions: [] };
  }

  async stored(): Promise<readonly Instrument[]> {
    const nowMs = performance.now();
    if (nowMs - this.#readMs > REREAD_AFTER_MS || this.#stored.length === 0) {
      this.#stored = await this.#store.instruments();
      this.#readMs = nowMs;
    }
    return this.#stored;
  }
}

/** Exact symbol, then symbol prefix, then words of the name. */
function searchList(instruments: readonly Instrument[], query: string, limit: number): readonly Instrument[] {
  const symbol = query.toUpperCase();
  const word = query.toLowerCase();
  const ranked: { readonly rank: number; readonly instrument: Instrument }[] = [];
  for (const instrument of instruments) {
    const words = instrument.name.toLowerCase().split(/\s+/);
    if (instrument.symbol === symbol) ranked.push({ rank: 0, instrument });
    else if (instrument.symbol.startsWith(symbol)) ranked.push({ rank: 1, instrument });
    else if (words.some((part) => part.startsWith(word))) ranked.push({ rank: 2, instrument });
  }
  ranked.sort((a, b) => a.rank - b.rank || a.instrument.symbol.localeCompare(b.instrument.symbol));
  return ranked.slice(0, limit).map((one) => one.instrument);
}
