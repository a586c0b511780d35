import { type Clock, isSymbol, type Log, providerDelayMs, sessionCalendar, TapedeckError } from '../../market/index.ts';
import type { FeedBatch, FeedState } from '../feed.ts';
import { orAborted, pause } from '../../runtime/pause.ts';
import type { AlpacaDataFeed } from './alpaca-feed.ts';
import type { AlpacaProvider, WireMessage } from './alpaca-mapper.ts';
import type { AlpacaRest } from './alpaca-rest.ts';
import { AlpacaSession, type SessionEnd, type SessionEvents } from './alpaca-session.ts';
import type { AlpacaTiming } from './alpaca-timing.ts';
import type { AssetDirectory } from './asset-directory.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { EventBuffer } from './event-buffer.ts';
import { MessageIntake } from './message-intake.ts';
import { SnapshotPoller } from './snapshot-poller.ts';
import { EMPTY_PLAN, planSymbols, type SymbolPlan } from './symbol-plan.ts';

export interface StreamOptions {
  readonly keyId: string;
  readonly secret: string;
  /** Full address of the stream. */
  readonly url: string;
  readonly dataFeed: AlpacaDataFeed;
  readonly provider: AlpacaProvider;
  readonly rest: AlpacaRest;
  readonly directory: AssetDirectory | null;
  /** The plan's limit of streamed symbols as far as it is known; the stream lowers it when Alpaca does. */
  readonly limit: { symbols: number | null };
  requestsPerMinute(): number;
  readonly timing: AlpacaTiming;
  readonly bufferCapacity: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** The free plan's limit, and so the first guess when Alpaca refuses more. */
export const FREE_PLAN_SYMBOLS = 30;
export const TEST_SYMBOL = 'FAKEPACA';

const STABLE_MS = 60_000;
const MAX_SILENCE_MS = 30 * 60_000;
/** A symbol that is on no list may have been listed after it was loaded; one that is misspelt is looked for once. */
const LOOK_AGAIN_AFTER_MS = 5 * 60_000;

/** One run of `Feed.stream`: connects, reconnects, and keeps what is wanted streamed or polled. */
export class AlpacaStream implements SessionEvents {
  readonly #options: StreamOptions;
  readonly #buffer: EventBuffer;
  readonly #backoff: Backoff;
  readonly #poller: SnapshotPoller;
  readonly #intake: MessageIntake;
  readonly #reportedSymbols = new Set<string>();
  #wanted: readonly string[];
  #plan: SymbolPlan = EMPTY_PLAN;
  #session: AlpacaSession | null = null;
  #failure: TapedeckError | null = null;
  #liveMs: number | null = null;
  #dataMs: number | null = null;
  #isDataSinceLive = false;
  /** When a symbol was wished for that the list of assets does not hold, until the list has been loaded again. */
  #unknownSinceMs: number | null = null;
  readonly #delayMs: number;
  #silenceMs: number;
  #work: Promise<unknown> = Promise.resolve();
  #down: { readonly fromMs: number; readonly reason: 'disconnect' | 'silence' } | null = null;

  constructor(options: StreamOptions, symbols: readonly string[]) {
    this.#options = options;
    this.#wanted = symbols;
    this.#buffer = new EventBuffer(options.bufferCapacity);
    const { timing, random, clock, log, rest, dataFeed } = options;
    this.#delayMs = providerDelayMs(options.provider);
    this.#silenceMs = timing.silenceMs;
    this.#backoff = new Backoff({ baseMs: timing.reconnectBaseMs, maxMs: timing.reconnectMaxMs, random });
    this.#intake = new MessageIntake(options.provider, this.#buffer, log);
    this.#poller = new SnapshotPoller({
      rest,
      feed: dataFeed === 'test' ? 'iex' : dataFeed,
      provider: options.provider,
      intervalMs: timing.pollMs,
      requestsPerMinute: () => options.requestsPerMinute(),
      clock,
      log,
      onEvent: (event) => this.#buffer.push(event),
      onBadMessage: (reason, payload) => this.onMalformed(reason, payload),
      onSymbolRefused: (symbol) => this.onSymbolRefused(symbol),
    });
  }

  setSymbols(symbols: readonly string[]): void {
    this.#wanted = symbols;
    const wanted = new Set(symbols);
    for (const symbol of this.#reportedSymbols) if (!wanted.has(symbol)) this.#reportedSymbols.delete(symbol);
    this.#replan();
  }

  async *batches(signal: AbortSignal): AsyncGenerator<FeedBatch> {
    const over = new AbortController();
    const ending = AbortSignal.any([signal, over.signal]);
    ending.addEventListener('abort', () => this.#buffer.end(), { once: true });
    if (ending.aborted) return;
    this.#replan();
    this.#work = Promise.all([this.#stayConnected(ending), this.#poller.run(ending), this.#learnAssets(ending)]);
    try {
      for (;;) {
        const batch = await this.#buffer.next();
        if (batch === null) break;
        yield batch;
      }
      if (this.#failure !== null) throw this.#failure;
    } finally {
      over.abort();
      await this.#work;
    }
  }

  /** Once its signal has aborted: when every connection is closed, whether or not the consumer reads on. */
  async settled(): Promise<void> {
    await this.#work;
  }

  onLive(): void {
    const nowMs = this.#options.clock.now();
    this.#liveMs = nowMs;
    this.#isDataSinceLive = false;
    if (this.#down !== null) {
      const { reason } = this.#down;
      const fromMs = this.#down.fromMs - this.#delayMs;
      const toMs = nowMs - this.#delayMs;
      this.#buffer.notice({ kind: 'gap', reason, symbol: null, fromMs, toMs, lostCount: null });
      this.#down = null;
    }
    const { streamed, polled } = this.#plan;
    const polling = polled.length === 0 ? '' : `, polling ${polled.length}`;
    this.#say('live', `streaming ${streamed.length} symbols from ${this.#options.dataFeed}${polling}`, null);
  }

  onData(messages: readonly WireMessage[]): void {
    const receivedMs = this.#options.clock.now();
    this.#dataMs = receivedMs;
    this.#isDataSinceLive = true;
    this.#intake.take(messages, receivedMs);
  }

  onMalformed(reason: string, payload: string): void {
    this.#intake.reject(reason, payload);
  }

  onTooManySymbols(requestedCount: number): void {
    const { limit, log } = this.#options;
    limit.symbols = requestedCount > FREE_PLAN_SYMBOLS ? FREE_PLAN_SYMBOLS : requestedCount >> 1;
    log.warn({ requestedCount, limit: limit.symbols }, 'the Alpaca plan allows fewer symbols on the stream');
    this.#replan();
  }

  onSymbolRefused(symbol: string): void {
    this.#reject(symbol, 'Alpaca does not accept this symbol');
  }

  async #stayConnected(signal: AbortSignal): Promise<void> {
    try {
      let isLastTry = false;
      this.#say('connecting', `connecting to the ${this.#options.dataFeed} feed`, null);
      while (!signal.aborted) {
        const end = await this.#connectOnce(signal);
        if (signal.aborted) return;
        const wasHealthy = this.#settleAccounts(end);
        if (wasHealthy) {
          isLastTry = false;
          this.#backoff.reset();
        }
        if (end.action === 'stop' || (end.action === 'reconnect-once' && isLastTry)) {
          this.#stop(end.error);
          return;
        }
        isLastTry ||= end.action === 'reconnect-once';
        const delayMs = this.#backoff.nextDelayMs();
        this.#say('reconnecting', `${end.error.message}; again in ${(delayMs / 1000).toFixed(1)} s`, end.error);
        await pause(delayMs, signal);
      }
    } catch (cause) {
      this.#stop(TapedeckError.from(cause));
    }
  }

  async #connectOnce(signal: AbortSignal): Promise<SessionEnd> {
    const { keyId, secret, url, timing, dataFeed, clock } = this.#options;
    const session = new AlpacaSession({
      socket: {
        keyId,
        secret,
        url,
        connectTimeoutMs: timing.connectTimeoutMs,
        pingIntervalMs: timing.pingMs,
        pongWaitMs: timing.pongWaitMs,
      },
      dataFeed,
      symbols: this.#plan.streamed,
      answerTimeoutMs: timing.answerTimeoutMs,
      silenceMs: this.#silenceMs,
      isSilenceNormal: () => this.#isSilenceNormal(),
      clock,
      events: this,
    });
    this.#session = session;
    const onAbort = (): void => void session.close();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await session.ended;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#session = null;
    }
  }

  /** Whether the connection had shown itself to work: an accepted key alone proves nothing. */
  #settleAccounts(end: SessionEnd): boolean {
    const nowMs = this.#options.clock.now();
    const liveMs = this.#liveMs;
    this.#liveMs = null;
    if (liveMs === null) return false;
    this.#down ??= { fromMs: Math.max(this.#dataMs ?? liveMs, liveMs), reason: end.reason };
    // Symbols that hardly trade are silent by nature: each fruitless reconnect waits twice as long for the next.
    const isFruitless = end.reason === 'silence' && !this.#isDataSinceLive;
    this.#silenceMs = isFruitless ? Math.min(this.#silenceMs * 2, MAX_SILENCE_MS) : this.#options.timing.silenceMs;
    return this.#isDataSinceLive || nowMs - liveMs >= STABLE_MS;
  }

  #stop(error: TapedeckError): void {
    this.#failure = error;
    this.#say('stopped', error.message, error);
    this.#buffer.end();
  }

  #say(state: FeedState, detail: string, error: TapedeckError | null): void {
    const { log, dataFeed } = this.#options;
    const fields = { feed: dataFeed, state, detail };
    if (error === null) log.info(fields, 'Alpaca feed');
    else log.warn(fields, 'Alpaca feed');
    this.#buffer.notice({ kind: 'state', state, detail, error });
  }

  #replan(): void {
    const { limit, directory, log } = this.#options;
    const knows = (symbol: string): boolean | null =>
      directory === null ? symbol === TEST_SYMBOL : directory.knows(symbol);
    const plan = planSymbols(this.#wanted, limit.symbols, knows);
    const isPolledChanged = plan.polled.join() !== this.#plan.polled.join();
    this.#plan = plan;
    this.#intake.setSymbols(plan.streamed);
    this.#poller.setSymbols(plan.polled);
    this.#session?.setTarget(plan.streamed);
    if (isPolledChanged) {
      log.info({ count: plan.polled.length, limit: limit.symbols }, 'symbols beyond the plan are polled');
      this.#buffer.notice({ kind: 'symbols-polled', symbols: plan.polled });
    }
    const reason = directory === null ? `the test feed has ${TEST_SYMBOL} only` : 'Alpaca does not know this symbol';
    for (const symbol of plan.unknown) {
      if (isSymbol(symbol) && !this.#reportedSymbols.has(symbol)) this.#unknownSinceMs = this.#options.clock.now();
      this.#reject(symbol, reason);
    }
  }

  #reject(symbol: string, reason: string): void {
    if (this.#reportedSymbols.has(symbol)) return;
    this.#reportedSymbols.add(symbol);
    this.#buffer.notice({ kind: 'symbol-rejected', symbol, reason });
  }

  /** The stream acknowledges any symbol that parses; only the list of assets tells which exist. It changes from day to day. */
  async #learnAssets(signal: AbortSignal): Promise<void> {
    const { directory, timing } = this.#options;
    if (directory === null) return;
    // A search may load it too.
    let plannedMs = -Infinity;
    while (!signal.aborted) {
      try {
        await orAborted(this.#isLookDue(directory) ? directory.load(0) : directory.load(), signal);
        if (directory.loadedMs !== plannedMs) this.#replan();
        plannedMs = directory.loadedMs;
      } catch (cause) {
        if (!TapedeckError.from(cause).retryable) return;
      }
      await pause(timing.assetsLookMs, signal);
    }
  }

  #isLookDue({ loadedMs }: AssetDirectory): boolean {
    if (this.#unknownSinceMs === null) return false;
    const dueMs = this.#unknownSinceMs + LOOK_AGAIN_AFTER_MS;
    if (loadedMs >= dueMs) this.#unknownSinceMs = null;
    return this.#unknownSinceMs !== null && this.#options.clock.now() >= dueMs;
  }

  #isSilenceNormal(): boolean {
    const { dataFeed, clock } = this.#options;
    if (this.#plan.streamed.length === 0) return true;
    if (dataFeed === 'test') return false;
    if (sessionCalendar('us-equities').phaseAt(clock.now() - this.#delayMs) !== 'open') return true;
    const sinceMs = this.#liveMs ?? Infinity;
    return this.#plan.streamed.every((symbol) => this.#intake.isHalted(symbol, sinceMs));
  }
}
