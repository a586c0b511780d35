import type { Feed, FeedBatch, FeedNotice, StreamRequest } from '../feeds/feed.ts';
import type { Bar, Instrument, MarketEvent, TapedeckError } from '../market/index.ts';

export interface ScriptedFeedOptions {
  readonly events: readonly MarketEvent[];
  readonly batchEvents?: number;
  /** Said before the first event. */
  readonly notices?: readonly FeedNotice[];
  /** Instead of coming to its end it stays open, as a live feed does. */
  readonly staysOpen?: boolean;
  /** Thrown by the first so many streams, before any event. */
  readonly failures?: readonly TapedeckError[];
  /** Its history, ascending. */
  readonly bars?: readonly Bar[];
  /** The longest page of it; all at once by default. */
  readonly pageBars?: number;
  readonly source?: Feed['source'];
  readonly instruments?: readonly Instrument[];
}

/** A feed that says what a test wrote down: for what real feeds say only when something breaks. */
export class ScriptedFeed implements Feed {
  readonly name = 'replay';
  readonly symbolLimit = null;
  readonly source: Feed['source'];
  /** Every wish, the one the stream began with first. */
  readonly wishes: (readonly string[])[] = [];
  streams = 0;
  readonly #options: ScriptedFeedOptions;

  constructor(options: ScriptedFeedOptions) {
    this.#options = options;
    this.source = options.source ?? 'replay';
  }

  async *stream(request: StreamRequest): AsyncIterable<FeedBatch> {
    const { events, batchEvents = 1_000, notices = [], staysOpen = false, failures = [] } = this.#options;
    this.wishes.push(request.symbols);
    const failure = failures[this.streams++];
    if (failure !== undefined) throw failure;
    if (notices.length > 0) yield { events: [], notices, resumeToken: null };
    let at = Number(request.resumeToken ?? 0);
    while (at < events.length && !request.signal.aborted) {
      const batch = events.slice(at, at + batchEvents);
      at += batch.length;
      yield { events: batch, notices: [], resumeToken: String(at) };
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!staysOpen || request.signal.aborted) return;
    await new Promise((resolve) => request.signal.addEventListener('abort', resolve, { once: true }));
  }

  setSymbols(symbols: readonly string[]): void {
    this.wishes.push(symbols);
  }

  async *history(request: Parameters<Feed['history']>[0]): AsyncIterable<readonly Bar[]> {
    const { symbol, interval, fromMs, toMs } = request;
    const bars = (this.#options.bars ?? []).filter(
      (bar) => bar.symbol === symbol && bar.interval === interval && bar.timeMs >= fromMs && bar.timeMs < toMs,
    );
    const pageBars = this.#options.pageBars ?? bars.length;
    for (let at = 0; at < bars.length; at += pageBars) yield bars.slice(at, at + pageBars);
  }

  findInstruments(query: string, limit: number): Promise<readonly Instrument[]> {
    const found = (this.#options.instruments ?? []).filter((instrument) => instrument.symbol.startsWith(query));
    return Promise.resolve(found.slice(0, limit));
  }

  listInstruments(): Promise<readonly Instrument[]> {
    return Promise.resolve(this.#options.instruments ?? []);
  }

  instrument(symbol: string): Promise<Instrument | null> {
    return Promise.resolve((this.#options.instruments ?? []).find((one) => one.symbol === symbol) ?? null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A finished minute as a feed's history tells it. */
export function minuteBarOf(symbol: string, timeMs: number): Bar {
  return {
    type: 'bar',
    symbol,
    interval: '1m',
    timeMs,
    nanosOfMs: 0,
    source: 'backfill',
    provider: 'test',
    receivedMs: timeMs + 60_000,
    open: 1,
    high: 2,
    low: 1,
    close: 2,
    volume: 10,
    vwap: null,
    tradeCount: 3,
    isUpdate: false,
  };
}
