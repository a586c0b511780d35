import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Bar,
  type Clock,
  type Instrument,
  type MarketEvent,
  TapedeckError,
  rankInstruments,
} from '../../market/index.ts';
import type { Feed, FeedBatch, FeedNotice, HistoryRequest, StreamRequest } from '../feed.ts';
import { type Sleep, pause } from '../../runtime/pause.ts';
import { MockExchange } from './mock-exchange.ts';
import { MockFaults } from './mock-faults.ts';
import type { MockOptions } from './mock-options.ts';
import { type Delivery, TapeReader } from './tape-reader.ts';
import { MINUTE_MS } from './trading-hours.ts';

const DAY_MS = 86_400_000;
const MINUTE_HISTORY_MS = 10 * DAY_MS;
const DAY_HISTORY_MS = 731 * DAY_MS;
const PAGE_MS = { '1m': DAY_MS, '1d': 250 * DAY_MS } as const;

const TICK_MS = 50;
/** Market time that one batch covers at most: about 2,000 events when every listing is subscribed. */
const WINDOW_MS = 500;
const MAX_BATCH_EVENTS = 2_000;
/** Wall time by which a reader may fall behind before the market goes on without it. */
const MAX_LAG_MS = 30_000;

export interface MockFeedOptions {
  readonly options: MockOptions;
  /** The market's time of day: see `createMockClock`. */
  readonly clock: Clock;
  /** Replaced by tests that own the time. */
  readonly sleep?: Sleep;
}

export function createMockFeed(options: MockFeedOptions): Feed {
  return new MockFeed(options);
}

class MockFeed implements Feed {
  readonly name = 'mock';
  readonly source = 'mock';
  readonly symbolLimit = null;
  readonly #options: MockOptions;
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  readonly #exchange: MockExchange;
  readonly #closed = new AbortController();
  readonly #readers = new Map<string, TapeReader>();
  #fresh: TapeReader[] = [];
  #notices: FeedNotice[] = [];
  #isStreaming = false;

  constructor({ options, clock, sleep = pause }: MockFeedOptions) {
    this.#options = options;
    this.#clock = clock;
    this.#sleep = sleep;
    this.#exchange = new MockExchange(options);
  }

  async *stream(request: StreamRequest): AsyncIterable<FeedBatch> {
    if (this.#isStreaming) throw new TapedeckError('conflict', 'the mock market is being streamed already');
    this.#isStreaming = true;
    const signal = AbortSignal.any([request.signal, this.#closed.signal]);
    try {
      this.#readers.clear();
      this.#fresh = [];
      this.#notices = [{ kind: 'state', state: 'live', detail: 'connected to the mock market', error: null }];
      this.setSymbols(request.symbols);
      for await (const batch of this.#batches(signal)) {
        if (signal.aborted) return;
        yield batch;
      }
    } finally {
      this.#isStreaming = false;
    }
  }

  setSymbols(symbols: readonly string[]): void {
    const wanted = new Set(symbols);
    for (const symbol of this.#readers.keys()) if (!wanted.has(symbol)) this.#readers.delete(symbol);
    this.#fresh = this.#fresh.filter((reader) => wanted.has(reader.symbol));
    for (const symbol of wanted) {
      if (this.#readers.has(symbol)) continue;
      if (!this.#exchange.isListed(symbol)) {
        this.#notices.push({ kind: 'symbol-rejected', symbol, reason: 'not listed on the mock market' });
        continue;
      }
      const reader = new TapeReader(this.#exchange, symbol, this.#clock.now());
      this.#readers.set(symbol, reader);
      this.#fresh.push(reader);
    }
  }

  async *history(request: HistoryRequest): AsyncIterable<readonly Bar[]> {
    const { symbol, interval, signal } = request;
    if (!this.#exchange.isListed(symbol)) return;
    const nowMs = this.#clock.now();
    const reachMs = interval === '1m' ? MINUTE_HISTORY_MS : DAY_HISTORY_MS;
    const firstMs = Math.ceil((nowMs - reachMs) / MINUTE_MS) * MINUTE_MS;
    const endMs = Math.min(request.toMs, Math.floor(nowMs / MINUTE_MS) * MINUTE_MS);
    for (let fromMs = Math.max(request.fromMs, firstMs); fromMs < endMs; fromMs += PAGE_MS[interval]) {
      if (signal.aborted || this.#closed.signal.aborted) return;
      const toMs = Math.min(endMs, fromMs + PAGE_MS[interval]);
      const bars =
        interval === '1m'
          ? this.#exchange.minuteBars(symbol, fromMs, toMs, nowMs)
          : this.#finishedDays(symbol, fromMs, toMs, nowMs);
      if (bars.length > 0) yield bars;
      // Many charts may be asked for at once; the stream must not wait for all of them.
      await nextTurn();
    }
  }

  async findInstruments(query: string, limit: number): Promise<readonly Instrument[]> {
    return rankInstruments(this.#exchange.instruments, query, limit);
  }

  async listInstruments(): Promise<readonly Instrument[]> {
    return this.#exchange.instruments;
  }

  async instrument(symbol: string): Promise<Instrument | null> {
    return this.#exchange.instruments.find((instrument) => instrument.symbol === symbol) ?? null;
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  #finishedDays(symbol: string, fromMs: number, toMs: number, nowMs: number): readonly Bar[] {
    const bars: Bar[] = [];
    for (const day of this.#exchange.hours.days(fromMs, toMs)) {
      if (day.startMs < fromMs || day.startMs >= toMs || day.endMs > nowMs) continue;
      const bar = this.#exchange.dayBar(symbol, day, nowMs);
      if (bar !== null) bars.push(bar);
    }
    return bars;
  }

  async *#batches(signal: AbortSignal): AsyncIterable<FeedBatch> {
    let readMs = this.#clock.now();
    const faults = new MockFaults(this.#options, readMs);
    while (!signal.aborted) {
      const nowMs = this.#clock.now();
      if (nowMs - readMs > MAX_LAG_MS * Math.max(1, this.#options.clock.speed)) {
        this.#skip(readMs, nowMs);
        readMs = nowMs;
      }
      yield* this.#catchUp(readMs);
      const untilMs = Math.min(nowMs, readMs + WINDOW_MS);
      const { events, notices } = faults.apply(this.#read(untilMs, nowMs), untilMs);
      this.#notices.push(...notices);
      readMs = untilMs;
      yield* this.#split(events);
      if (untilMs === nowMs) await this.#sleep(TICK_MS, signal);
    }
  }

  #read(untilMs: number, receivedMs: number): readonly Delivery[] {
    const deliveries: Delivery[] = [];
    for (const reader of this.#readers.values()) reader.readUntil(untilMs, receivedMs, deliveries);
    return deliveries.sort((a, b) => a.atMs - b.atMs);
  }

  /** The minute in progress of symbols that were just added, without the quotes that nobody needs any more. */
  *#catchUp(untilMs: number): Iterable<FeedBatch> {
    for (let reader = this.#fresh.shift(); reader !== undefined; reader = this.#fresh.shift()) {
      const deliveries: Delivery[] = [];
      reader.readUntil(untilMs, this.#clock.now(), deliveries);
      const latestQuote = deliveries.findLast(({ event }) => event.type === 'quote');
      const kept = deliveries.filter((delivery) => delivery.event.type !== 'quote' || delivery === latestQuote);
      if (kept.length > 0) yield* this.#split(kept.map(({ event }) => event));
    }
  }

  *#split(events: readonly MarketEvent[]): Iterable<FeedBatch> {
    for (let at = 0; at < events.length || this.#notices.length > 0; at += MAX_BATCH_EVENTS) {
      const notices = this.#notices;
      this.#notices = [];
      yield { events: events.slice(at, at + MAX_BATCH_EVENTS), notices, resumeToken: null };
    }
  }

  #skip(fromMs: number, toMs: number): void {
    for (const reader of this.#readers.values()) reader.skipTo(toMs);
    this.#fresh = [...this.#readers.values()];
    this.#notices.push({ kind: 'gap', reason: 'overflow', symbol: null, fromMs, toMs, lostCount: null });
  }
}
