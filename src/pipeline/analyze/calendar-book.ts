import type { CalendarName } from '../../market/index.ts';
import type { QueryStore } from '../../store/store.ts';

const REREAD_AFTER_MS = 5_000;

/** Which session calendar a symbol follows, from the instruments that `ingest` has stored. */
export class CalendarBook {
  readonly #store: Pick<QueryStore, 'instruments'>;
  readonly #calendars = new Map<string, CalendarName>();
  readonly #unknown = new Set<string>();
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<QueryStore, 'instruments'>) {
    this.#store = store;
  }

  /** What nobody could name is taken for a share, unless it is written as a currency pair. */
  calendarOf(symbol: string): CalendarName {
    return this.#calendars.get(symbol) ?? (symbol.includes('/') ? 'always-open' : 'us-equities');
  }

  /** A builder that goes on from a checkpoint asks for calendars before the first event comes. */
  async prime(): Promise<void> {
    await this.#read();
  }

  /** Looks up symbols not met before; those the store does not know are asked for again now and then. */
  async ensure(events: readonly { readonly event: { readonly symbol: string } }[]): Promise<void> {
    let isMissing = false;
    for (const { event } of events) {
      if (this.#calendars.has(event.symbol) || this.#unknown.has(event.symbol)) continue;
      this.#unknown.add(event.symbol);
      isMissing = true;
    }
    const isDue = this.#unknown.size > 0 && performance.now() - this.#readMs > REREAD_AFTER_MS;
    if (isMissing || isDue) await this.#read();
  }

  async #read(): Promise<void> {
    this.#readMs = performance.now();
    for (const { symbol, calendar } of await this.#store.instruments()) {
      this.#calendars.set(symbol, calendar);
      this.#unknown.delete(symbol);
    }
  }
}
