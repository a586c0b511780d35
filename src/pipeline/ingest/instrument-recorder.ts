import { isDeepStrictEqual } from 'node:util';
import { type Bar, type CalendarName, type Instrument, TapedeckError, type TradeEvent } from '../../market/index.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { RoleContext } from '../role-context.ts';

const CONCURRENT_LOOKUPS = 8;

/**
 * Sees to it that an instrument is in the store before its first event is on the bus: `analyze` needs its session
 * calendar for the first daily candle.
 */
export class InstrumentRecorder {
  readonly #context: RoleContext;
  readonly #feed: Feed;
  /** Null for a symbol that the feed could not name. */
  readonly #known = new Map<string, CalendarName | null>();

  constructor(context: RoleContext, feed: Feed) {
    this.#context = context;
    this.#feed = feed;
  }

  /** Without it every instrument would be asked for again. */
  async prime(): Promise<void> {
    for (const { symbol, calendar } of await this.#context.options.store.instruments()) {
      if (!this.#known.has(symbol)) this.#known.set(symbol, calendar);
    }
  }

  /**
   * Stores what the feed offers, so that every desk can list and find it; what has not changed is left alone. Failing to is
   * no reason not to stream.
   */
  async recordListed(signal: AbortSignal): Promise<void> {
    try {
      const listed = await Promise.race([this.#feed.listInstruments(), nothingOnceAborted(signal)]);
      if (listed.length === 0) return;
      const stored = await this.#context.options.store.instruments();
      const bySymbol = new Map(stored.map((instrument) => [instrument.symbol, instrument]));
      const changed = listed.filter((instrument) => !isDeepStrictEqual(instrument, bySymbol.get(instrument.symbol)));
      if (changed.length > 0) await this.#context.options.store.saveInstruments(changed);
      for (const { symbol, calendar } of listed) this.#known.set(symbol, calendar);
    } catch (cause) {
      this.#context.errors.report({
        scope: 'ingest',
        error: cause,
        outcome: 'skipped',
        what: 'could not store the list of instruments',
      });
    }
  }

  calendarOf(symbol: string): CalendarName {
    return this.#known.get(symbol) ?? 'us-equities';
  }

  async ensure(trades: readonly TradeEvent[], bars: readonly Bar[]): Promise<void> {
    const unknown = new Set<string>();
    for (const event of trades) if (!this.#known.has(event.symbol)) unknown.add(event.symbol);
    for (const event of bars) if (!this.#known.has(event.symbol)) unknown.add(event.symbol);
    if (unknown.size > 0) await this.record([...unknown]);
  }

  /** One attempt per symbol: an instrument that nobody can name must not hold up its trades. */
  async record(symbols: readonly string[]): Promise<void> {
    const unknown = symbols.filter((symbol) => !this.#known.has(symbol));
    const found: Instrument[] = [];
    for (let at = 0; at < unknown.length; at += CONCURRENT_LOOKUPS) {
      const slice = unknown.slice(at, at + CONCURRENT_LOOKUPS);
      const instruments = await Promise.all(slice.map((symbol) => this.#lookUp(symbol)));
      for (const instrument of instruments) if (instrument !== null) found.push(instrument);
    }
    for (const symbol of unknown) this.#known.set(symbol, null);
    for (const { symbol, calendar } of found) this.#known.set(symbol, calendar);
    if (found.length === 0) return;
    try {
      await this.#context.options.store.saveInstruments(found);
    } catch (cause) {
      for (const { symbol } of found) this.#known.delete(symbol);
      this.#context.errors.report({
        scope: 'ingest',
        error: cause,
        outcome: 'retried',
        what: 'could not store instruments',
      });
    }
  }

  async #lookUp(symbol: string): Promise<Instrument | null> {
    try {
      return await this.#feed.instrument(symbol);
    } catch (cause) {
      this.#context.log.debug({ symbol, reason: TapedeckError.from(cause).message }, 'no details of the instrument');
      return null;
    }
  }
}

function nothingOnceAborted(signal: AbortSignal): Promise<readonly Instrument[]> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve([]);
    signal.addEventListener('abort', () => resolve([]), { once: true });
  });
}
