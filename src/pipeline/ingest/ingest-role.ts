import type { Feed, FeedBatch } from '../../feeds/feed.ts';
import { TapedeckError } from '../../market/index.ts';
import { pause } from '../../runtime/pause.ts';
import { RepeatingTask } from '../repeating-task.ts';
import { backoffDelayMs } from '../retry.ts';
import type { RoleContext, RunningRole } from '../role-context.ts';
import { watchControl } from '../watch-control.ts';
import { Backfill } from './backfill.ts';
import { EventPublisher, type PublisherParts } from './event-publisher.ts';
import { streamDelayMs } from './feed-delay.ts';
import { FeedLedger } from './feed-ledger.ts';
import { GapRepair } from './gap-repair.ts';
import { feedLeaseName, type HeldLease, holdFeedLease } from './feed-lease.ts';
import { InstrumentRecorder } from './instrument-recorder.ts';
import { MissingMinutes } from './missing-minutes.ts';
import { NoticeHandler } from './notice-handler.ts';
import { Recording } from './recording.ts';
import { isSameWish, readWantedSymbols, type WantedSymbols } from './wanted-symbols.ts';

const READ_WISHES_EVERY_MS = 3_000;
const READ_GAPS_EVERY_MS = 15_000;
const FIND_MISSING_EVERY_MS = 300_000;
/** A provider that is slow to list what it has must not hold up its stream. */
const LISTING_PATIENCE_MS = 1_000;

export interface IngestRole extends RunningRole {
  /** Resolves when a finite feed was read to its end and all of it is acknowledged; never for a live one. */
  readonly feedEnded: Promise<void>;
}

/** Streams the feed onto the bus while it holds the feed's lease. */
export async function startIngest(context: RoleContext, feed: Feed): Promise<IngestRole> {
  const ingest = new Ingest(context, feed);
  await ingest.start();
  return ingest;
}

class Ingest implements IngestRole {
  readonly feedEnded: Promise<void>;
  readonly #context: RoleContext;
  readonly #feed: Feed;
  readonly #closing = new AbortController();
  readonly #instruments: InstrumentRecorder;
  readonly #publishing: PublisherParts;
  readonly #backfill: Backfill;
  readonly #ledger: FeedLedger;
  readonly #repair: GapRepair;
  readonly #missingMinutes: MissingMinutes;
  #signalEnd: () => void = () => undefined;
  #wanted: WantedSymbols = { symbols: [], charted: new Set() };
  #streamSinceMs: number | null = null;
  /** Since when nothing of a live feed is sure to be on the bus: from the end of one stream until the next is live. */
  #brokenOffMs: number | null = null;
  #wishes: RepeatingTask | null = null;
  #gaps: RepeatingTask | null = null;
  #missing: RepeatingTask | null = null;
  #control: RunningRole | null = null;
  #listing: Promise<void> = Promise.resolve();
  #running: Promise<void> = Promise.resolve();

  constructor(context: RoleContext, feed: Feed) {
    this.#context = context;
    this.#feed = feed;
    this.#instruments = new InstrumentRecorder(context, feed);
    this.#publishing = { instruments: this.#instruments, recording: new Recording(context) };
    this.#backfill = new Backfill(context, feed, this.#publishing, this.#closing.signal);
    this.#repair = new GapRepair(context, feed, {
      backfill: this.#backfill,
      instruments: this.#instruments,
      wanted: () => this.#wanted.symbols,
      signal: this.#closing.signal,
    });
    this.#missingMinutes = new MissingMinutes(context, streamDelayMs(feed));
    this.#ledger = new FeedLedger(context, feed.name, () => this.#gaps?.runSoon());
    this.feedEnded = new Promise((resolve) => {
      this.#signalEnd = resolve;
    });
  }

  async start(): Promise<void> {
    this.#context.board.set('feed', 'starting', this.#feed.name);
    this.#context.board.set('ingest', 'starting', '');
    await this.#recordListed();
    await this.#readWishes().catch((cause: unknown) => this.#reportWishFailure(TapedeckError.from(cause)));
    this.#wishes = new RepeatingTask(
      READ_WISHES_EVERY_MS,
      () => this.#readWishes(),
      (error) => this.#reportWishFailure(error),
    );
    this.#gaps = new RepeatingTask(
      READ_GAPS_EVERY_MS,
      () => this.#takeUpGaps(),
      (error) =>
        this.#context.errors.report({
          scope: 'ingest',
          error,
          outcome: 'retried',
          what: 'could not read which gaps are open',
        }),
    );
    if (this.#hasHistory) {
      this.#missing = new RepeatingTask(
        FIND_MISSING_EVERY_MS,
        () => this.#findMissing(),
        (error) =>
          this.#context.errors.report({
            scope: 'ingest',
            error,
            outcome: 'retried',
            what: 'could not look for missing minutes',
          }),
      );
    }
    this.#control = await watchControl(this.#context, 'ingest', (message) => {
      if (message.kind === 'subscriptions-changed') this.#wishes?.runSoon();
      if (message.kind === 'backfill-requested') this.#gaps?.runSoon();
    });
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#wishes?.stop(), this.#gaps?.stop(), this.#missing?.stop(), this.#control?.close()]);
    await this.#running;
    await this.#listing;
    await Promise.all([this.#backfill.finish(), this.#ledger.close()]);
    await this.#publishing.recording.close();
    this.#context.board.set('ingest', 'off', 'stopped');
  }

  get #hasHistory(): boolean {
    return this.#feed.source !== 'replay';
  }

  /** What the stream tells of now. */
  #marketNow(): number {
    return this.#context.options.clock.now() - streamDelayMs(this.#feed);
  }

  async #recordListed(): Promise<void> {
    const enough = new AbortController();
    this.#listing = this.#instruments.recordListed(this.#closing.signal).finally(() => enough.abort());
    await Promise.race([this.#listing, pause(LISTING_PATIENCE_MS, enough.signal)]);
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#closing.signal.aborted; attempt++) {
      const lease = await holdFeedLease(this.#context, feedLeaseName(this.#feed), this.#closing.signal);
      if (lease === null) return;
      if (lease.hasStoodBy) this.#leaveToOthers();
      try {
        this.#context.board.set('ingest', 'ok', 'streaming');
        const isAtEnd = await this.#stream(lease);
        if (isAtEnd) {
          this.#context.board.set('feed', 'off', 'read to its end');
          this.#context.board.set('ingest', 'ok', 'nothing left to read');
          this.#signalEnd();
          return;
        }
        attempt = 0;
      } catch (cause) {
        const error = TapedeckError.from(cause);
        if (this.#closing.signal.aborted) return;
        this.#report(error);
        if (!error.retryable) return;
      } finally {
        await lease.release();
      }
      await pause(backoffDelayMs(attempt), this.#closing.signal);
    }
  }

  /** True when a finite feed came to its end. */
  async #stream(lease: HeldLease): Promise<boolean> {
    const { signal } = lease;
    const publisher = new EventPublisher(this.#context, this.#feed, this.#publishing, signal);
    const notices = new NoticeHandler(this.#context, this.#feed.name, this.#ledger, signal);
    await this.#instruments.prime();
    const resumeToken = await publisher.loadToken();
    const startedMs = this.#context.options.clock.now();
    this.#streamSinceMs = startedMs;
    let isReading = false;
    try {
      if (this.#hasHistory) {
        await this.#backfill.begin();
        await this.#backfill.want(this.#wanted, startedMs);
      }
      this.#gaps?.runSoon();
      isReading = true;
      for await (const batch of this.#feed.stream({ symbols: this.#wanted.symbols, resumeToken, signal })) {
        if (isLive(batch)) this.#recordBreak();
        if (batch.notices.length > 0) await notices.handle(batch.notices);
        await publisher.add(batch.events, batch.resumeToken);
      }
    } finally {
      // What was read before a feed broke off is not lost.
      await publisher.settled();
      this.#streamSinceMs = null;
      // Of this stream; the next one may be another process's.
      this.#context.options.metrics.forget('polled_symbols', { feed: this.#feed.name });
      if (this.#hasHistory) await this.#backfill.pause();
      if (this.#hasHistory && isReading)
        this.#brokenOffMs ??= publisher.acknowledgedMs ?? startedMs - streamDelayMs(this.#feed);
    }
    await publisher.flush();
    return !signal.aborted && (notices.isFinished || this.#feed.source === 'replay');
  }

  /** The feed itself only tells what its connections lost within one stream. */
  #recordBreak(): void {
    const fromMs = this.#brokenOffMs;
    if (fromMs === null) return;
    this.#brokenOffMs = null;
    const toMs = Math.max(fromMs, this.#marketNow());
    this.#ledger.recordGap({ reason: 'disconnect', symbol: null, fromMs, toMs, lostCount: null });
  }

  /** Those an earlier run left open, those that other processes find, and what desks ask for. */
  async #takeUpGaps(): Promise<void> {
    // Only the holder of the feed's lease asks its provider; a replay that was read to its end can still say no.
    if (this.#streamSinceMs !== null || this.#feed.source === 'replay') await this.#repair.takeUp();
  }

  async #findMissing(): Promise<void> {
    if (this.#streamSinceMs === null) return;
    for (const gap of await this.#missingMinutes.find(this.#wanted.symbols)) this.#ledger.recordGap(gap);
  }

  /** What another process streamed is on the bus; what nobody did shows in the store, as after a restart. */
  #leaveToOthers(): void {
    this.#brokenOffMs = null;
    this.#backfill.forget();
  }

  async #readWishes(): Promise<void> {
    const wanted = await readWantedSymbols(this.#context);
    if (isSameWish(wanted, this.#wanted)) return;
    if (this.#streamSinceMs !== null && this.#hasHistory) {
      await this.#backfill.want(wanted, this.#context.options.clock.now());
    }
    this.#wanted = wanted;
    this.#context.options.metrics.gauge('subscribed_symbols', {}, wanted.symbols.length);
    if (this.#streamSinceMs !== null) this.#feed.setSymbols(wanted.symbols);
  }

  #reportWishFailure(error: TapedeckError): void {
    this.#context.errors.report({
      scope: 'ingest',
      error,
      outcome: 'retried',
      what: 'could not read what desks want to see',
    });
  }

  #report(error: TapedeckError): void {
    this.#context.log.error({ code: error.code, reason: error.message }, 'the feed stopped');
    this.#context.board.set('feed', error.retryable ? 'degraded' : 'down', error.userMessage);
    this.#context.board.set('ingest', error.retryable ? 'degraded' : 'down', error.userMessage);
    this.#context.options.metrics.count('feed_failures_total', { feed: this.#feed.name, code: error.code });
    if (!error.retryable) this.#context.notify({ level: 'error', text: error.userMessage, key: 'feed' });
    const outcome = error.retryable ? 'reconnected' : 'gave-up';
    this.#context.errors.record({ scope: `feed:${this.#feed.name}`, error, outcome });
  }
}

function isLive(batch: FeedBatch): boolean {
  return batch.notices.some((notice) => notice.kind === 'state' && notice.state === 'live');
}
