import type { Feed } from '../feeds/feed.ts';
import { rankInstruments } from '../market/index.ts';
import type { Instrument } from '../market/index.ts';
import type { QueryStore } from '../store/store.ts';
import type { FoundInstrument } from './pipeline.ts';

const REREAD_AFTER_MS = 60_000;
const SUGGESTIONS = 5;

type InstrumentStore = Pick<QueryStore, 'instruments' | 'symbolsWithCandles'>;

/** Finds instruments: at the feed where there is one, else in the store. */
export class InstrumentDirectory {
  readonly #feed: Feed | null;
  readonly #store: InstrumentStore;
  #stored: readonly Instrument[] = [];
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(feed: Feed | null, store: InstrumentStore) {
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
    return rankInstruments(await this.stored(), wanted, limit);
  }

  /** An unknown symbol comes with the names that share its longest beginning. */
  async find(symbol: string): Promise<FoundInstrument> {
    const wanted = symbol.trim().toUpperCase();
    const known = (await this.stored()).find((instrument) => instrument.symbol === wanted);
    const instrument = known ?? (await this.#unlisted(wanted));
    if (instrument !== null) return { instrument, suggestions: [] };
    for (let length = wanted.length; length > 0; length--) {
      const suggestions = await this.search(wanted.slice(0, length), SUGGESTIONS);
      if (suggestions.length > 0) return { instrument: null, suggestions };
    }
    return { instrument: null, suggestions: [] };
  }

  async #unlisted(symbol: string): Promise<Instrument | null> {
    if (this.#feed !== null) return this.#feed.instrument(symbol);
    return (await this.#store.symbolsWithCandles()).includes(symbol) ? unnamed(symbol) : null;
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

/** Data can come from a file that names nothing but symbols. */
function unnamed(symbol: string): Instrument {
  return { symbol, name: symbol, sector: '', industry: '', exchange: '', calendar: 'us-equities', priceDecimals: 2 };
}
