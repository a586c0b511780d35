import {
  type Bar,
  type MarketEvent,
  providerDelayMs,
  type Quote,
  TapedeckError,
  type TradeEvent,
  type TradingStatus,
} from '../../market/index.ts';
import type { Feed } from '../../feeds/feed.ts';
import { retry } from '../retry.ts';
import type { RoleContext } from '../role-context.ts';
import type { InstrumentRecorder } from './instrument-recorder.ts';
import type { Recording } from './recording.ts';

const MAX_PENDING_EVENTS = 10_000;
const SAVE_TOKEN_EVERY_MS = 1_000;

interface Pending {
  trades: TradeEvent[];
  quotes: Quote[];
  bars: Bar[];
  statuses: TradingStatus[];
  count: number;
  /** Of the events that are not history. */
  latestMs: number | null;
  resumeToken: string | null;
}

export interface PublisherParts {
  readonly instruments: InstrumentRecorder;
  readonly recording: Recording;
}

function nothingPending(): Pending {
  return { trades: [], quotes: [], bars: [], statuses: [], count: 0, latestMs: null, resumeToken: null };
}

/**
 * Puts events on the bus while the feed is read on: what arrives during one publication makes up the next, so one is in
 * flight at a time and every symbol keeps its order. When too much waits, `add` waits too, and the feed's own bounded
 * buffer takes over.
 */
export class EventPublisher {
  readonly #context: RoleContext;
  readonly #parts: PublisherParts;
  readonly #tokenKey: string;
  readonly #signal: AbortSignal;
  readonly #isPaced: boolean;
  #pending = nothingPending();
  #publishing: Promise<void> | null = null;
  #failure: TapedeckError | null = null;
  #acknowledgedMs: number | null = null;
  #savedToken: string | null = null;
  #acknowledgedToken: string | null = null;
  #tokenSavedMs = 0;

  /** `signal` ends the retries of a publication that the bus does not take. */
  constructor(context: RoleContext, feed: Feed, parts: PublisherParts, signal: AbortSignal) {
    this.#context = context;
    this.#parts = parts;
    this.#tokenKey = `feed/${feed.name}`;
    this.#isPaced = feed.source === 'replay';
    this.#signal = signal;
  }

  /** Time of the latest event that the bus has taken; what came after it may be lost when a stream breaks off. */
  get acknowledgedMs(): number | null {
    return this.#acknowledgedMs;
  }

  async loadToken(): Promise<string | null> {
    const checkpoint = await this.#context.options.store.loadCheckpoint(this.#tokenKey);
    if (checkpoint === null || checkpoint.version !== 1) return null;
    this.#savedToken = new TextDecoder().decode(checkpoint.state);
    return this.#savedToken;
  }

  /** Resolves when the next events may come, not when these are acknowledged. Throws once a publication was given up. */
  async add(events: readonly MarketEvent[], resumeToken: string | null): Promise<void> {
    await this.#parts.recording.write(events);
    for (const event of events) this.#sort(event);
    const latest = events.findLast((event) => event.type !== 'bar' || event.source !== 'backfill');
    if (latest !== undefined) {
      this.#context.activity.noteEventTime('ingest', latest.timeMs);
      // A false time ahead must not stand for having everything until then.
      const knownMs = Math.min(latest.timeMs, latest.receivedMs - providerDelayMs(latest.provider));
      this.#pending.latestMs = Math.max(this.#pending.latestMs ?? knownMs, knownMs);
    }
    this.#pending.count += events.length;
    if (resumeToken !== null) this.#pending.resumeToken = resumeToken;
    this.#publishing ??= this.#publishAll();
    while (this.#pending.count > MAX_PENDING_EVENTS && this.#publishing !== null) await this.#publishing;
    if (this.#failure !== null) throw this.#failure;
    this.#context.health.setQueue('ingest', this.#pending.count, MAX_PENDING_EVENTS);
  }

  /** Resolves when everything added is acknowledged, or given up. */
  async settled(): Promise<void> {
    while (this.#publishing !== null) await this.#publishing;
  }

  /** Resolves when everything added is acknowledged and the resume token is stored. */
  async flush(): Promise<void> {
    await this.settled();
    if (this.#failure !== null) throw this.#failure;
    await this.#saveToken(0);
  }

  #sort(event: MarketEvent): void {
    switch (event.type) {
      case 'quote':
        this.#pending.quotes.push(event);
        break;
      case 'bar':
        this.#pending.bars.push(event);
        break;
      case 'status':
        this.#pending.statuses.push(event);
        break;
      default:
        this.#pending.trades.push(event);
    }
  }

  async #publishAll(): Promise<void> {
    // Lets a feed that yields many small batches in one turn fill the publication.
    await Promise.resolve();
    try {
      while (this.#pending.count > 0 || this.#pending.resumeToken !== null) {
        const batch = this.#pending;
        this.#pending = nothingPending();
        await this.#publish(batch);
        if (this.#isPaced) await this.#context.flow.room(this.#signal);
      }
    } catch (cause) {
      this.#failure = TapedeckError.from(cause);
    }
    this.#publishing = null;
  }

  async #publish(batch: Pending): Promise<void> {
    const { bus } = this.#context.options;
    await this.#parts.instruments.ensure(batch.trades, batch.bars);
    const startedMs = performance.now();
    await retry({
      work: async () => {
        await Promise.all([
          batch.trades.length > 0 ? bus.publish('trades', batch.trades) : undefined,
          batch.quotes.length > 0 ? bus.publish('quotes', batch.quotes) : undefined,
          batch.bars.length > 0 ? bus.publish('bars', batch.bars) : undefined,
          batch.statuses.length > 0 ? bus.publish('statuses', batch.statuses) : undefined,
        ]);
      },
      signal: this.#signal,
      onFailure: (error, attempt) => this.#reportFailure(error, attempt),
    });
    this.#measure(batch, performance.now() - startedMs);
    if (batch.latestMs !== null)
      this.#acknowledgedMs = Math.max(this.#acknowledgedMs ?? batch.latestMs, batch.latestMs);
    if (batch.resumeToken !== null) this.#acknowledgedToken = batch.resumeToken;
    await this.#saveToken(SAVE_TOKEN_EVERY_MS);
  }

  #measure(batch: Pending, publishMs: number): void {
    const { metrics } = this.#context.options;
    const { health } = this.#context;
    health.role('ingest').countBatch(batch.count, publishMs);
    this.#context.activity.countTrades('ingest', batch.trades.length);
    this.#context.flow.published(batch.trades.length);
    if (batch.trades.length > 0) metrics.count('trades_ingested_total', {}, batch.trades.length);
    if (batch.quotes.length > 0) metrics.count('quotes_ingested_total', {}, batch.quotes.length);
    const [first] = batch.trades;
    health.addFromExchange('exchange_to_ingest', first);
    health.addSinceReceipt('ingest_to_bus', first);
  }

  #reportFailure(error: TapedeckError, attempt: number): void {
    this.#context.options.metrics.count('publish_failures_total', { code: error.code });
    this.#context.board.set('bus', 'down', error.userMessage);
    const report = { scope: 'ingest', error, outcome: 'retried', what: 'the bus does not take events' } as const;
    if (attempt === 0) this.#context.errors.report(report);
    else this.#context.errors.record(report);
  }

  async #saveToken(spacingMs: number): Promise<void> {
    const token = this.#acknowledgedToken;
    const nowMs = this.#context.wallClock.now();
    if (token === null || token === this.#savedToken || nowMs - this.#tokenSavedMs < spacingMs) return;
    try {
      await this.#context.options.store.saveCheckpoint({
        key: this.#tokenKey,
        savedMs: nowMs,
        version: 1,
        state: new TextEncoder().encode(token),
      });
      this.#savedToken = token;
    } catch (cause) {
      // A stale token only means reading again what is already on the bus, which every reader tolerates.
      this.#context.errors.report({
        scope: 'ingest',
        error: cause,
        outcome: 'retried',
        what: 'could not store where the feed stands',
      });
    }
    this.#tokenSavedMs = nowMs;
  }
}
