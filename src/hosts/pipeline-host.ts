import type { ComponentState, PipelineHealth, ServerEvent, StatusSnapshot, Watchlist } from '../contract/index.ts';
import { TapedeckError } from '../market/index.ts';
import type { Clock, Log } from '../market/index.ts';
import { InstrumentDirectory } from '../pipeline/instrument-directory.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { BackoffOptions } from '../runtime/backoff.ts';
import type { DeadLetterDesk } from '../pipeline/dead-letters/dead-letter-desk.ts';
import type { BackfillDesk } from '../pipeline/quality/backfill-desk.ts';
import type { Desk, FoundInstrument } from '../pipeline/pipeline.ts';
import type { Store } from '../store/store.ts';
import type { Config, LoadedConfig } from './config/config.ts';
import { DatasetWatchlist } from './dataset-watchlist.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import { symbolsOf } from './settings/watchlist-operations.ts';
import type { OpenStack, RunningStack } from './stack.ts';
import { statusSnapshot } from './status-snapshot.ts';

const OPENING_BACKOFF: BackoffOptions = { baseMs: 500, maxMs: 30_000 };
const STATUS_INTERVAL_MS = 1_000;

export interface PipelineHostOptions {
  readonly version: string;
  readonly loaded: LoadedConfig;
  /** Reads the configuration again, for a restart after settings or keys changed. */
  readonly reload: () => LoadedConfig;
  readonly openStack: OpenStack;
  /** Watchlists are subscribed while it runs; null on hosts without a screen. */
  readonly settings: SettingsStore | null;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps one stack and its pipeline running: opens it, tries again while a broker or database is away, restarts it when
 * asked, and tells screens what goes on. Screens hold on to this, not to the pipeline.
 */
export class PipelineHost {
  readonly #options: PipelineHostOptions;
  readonly #eventListeners = new Set<(event: ServerEvent) => void>();
  /** Notices that nobody heard yet, the last of each key. */
  readonly #unheard = new Map<string, ServerEvent>();
  readonly #deskListeners = new Set<(desk: Desk | null) => void>();
  readonly #datasetWatchlist = new DatasetWatchlist(() => this.#emitWatchlists());
  readonly #finished = deferred();
  readonly #failed = deferred();
  readonly #started = deferred();
  /** Resolves once something turned out to be away at the start; after a restart at that. */
  #waiting = deferred();
  readonly #statusTimer: NodeJS.Timeout;
  readonly #stopSettings: readonly (() => void)[];
  #loaded: LoadedConfig;
  #stack: RunningStack | null = null;
  /** Pipelines opened so far. */
  #runs = 0;
  #lastError: TapedeckError | null = null;
  #downSinceMs: number;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;
  /** Resolves when the first attempt to open has come to something, whatever it is; after a restart that one's. */
  #opening: Promise<void>;
  /** Ends the present attempts to open. */
  #attempt = new AbortController();

  constructor(options: PipelineHostOptions) {
    this.#options = options;
    this.#loaded = options.loaded;
    this.#opening = this.#started.promise;
    this.#downSinceMs = options.clock.now();
    this.#statusTimer = setInterval(() => this.#emitStatus(), STATUS_INTERVAL_MS);
    this.#statusTimer.unref();
    const { settings } = options;
    this.#stopSettings =
      settings === null
        ? []
        : [
            settings.onChange((part) => {
              if (part !== 'watchlists') return;
              this.#emitWatchlists();
              void this.applyWatchlists().catch((error: unknown) => this.#reportFailure('watchlists', error));
            }),
            settings.onNotice((text) => this.emit({ type: 'notice', level: 'warning', text, key: 'settings' })),
          ];
  }

  get config(): Config {
    return this.#loaded.config;
  }

  /** Resolves when a finite feed (a replay) has been stored to its end; never for a live one. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Rejects when a stack that was away at the start turns out to be one that only the user can put right. */
  get failed(): Promise<void> {
    return this.#failed.promise;
  }

  /**
   * Opens the stack. Resolves when it runs, or when it does not yet because something is away: that is tried again in the
   * background. Rejects where nobody but the user can help.
   */
  async start(): Promise<void> {
    const opening = this.#openFirst(this.#attempt.signal);
    this.#work = opening.catch((error: unknown) => this.#failed.reject(error));
    await Promise.race([opening, this.#waiting.promise]).finally(() => this.#started.resolve());
  }

  /** Throws a retryable error while the pipeline is not up, `unsupported` where this host does not serve. */
  desk(): Desk {
    const stack = this.#running();
    if (stack.pipeline.desk !== null) return stack.pipeline.desk;
    throw new TapedeckError('unsupported', 'the serve role does not run here');
  }

  /** The desk once an opening that is under way has come to something; rejects as `desk` throws. */
  async openedDesk(): Promise<Desk> {
    if (this.#stack === null) await this.#opening;
    return this.desk();
  }

  store(): Store {
    return this.#running().store;
  }

  deadLetters(): DeadLetterDesk {
    return this.#running().pipeline.deadLetters;
  }

  backfills(): BackfillDesk {
    return this.#running().pipeline.backfills;
  }

  /** The store once an opening that is under way has come to something; rejects as `store` throws. */
  async openedStore(): Promise<Store> {
    if (this.#stack === null) await this.#opening;
    return this.store();
  }

  /** From the desk, or where none is served from what the store knows. */
  findInstrument(symbol: string): Promise<FoundInstrument> {
    const { pipeline, store } = this.#running();
    return pipeline.desk?.findInstrument(symbol) ?? new InstrumentDirectory(null, store).find(symbol);
  }

  /** Why nothing flows here, as a sentence; null when all that this host needs works. A quiet or refused feed is no such reason. */
  notReady(): string | null {
    if (this.#stack === null) return this.#lastError?.userMessage ?? 'The pipeline is not running yet.';
    return unready(this.#stack.pipeline.status().components);
  }

  /** Null while the pipeline is not up. */
  health(): PipelineHealth | null {
    return this.#stack?.pipeline.health() ?? null;
  }

  status(): StatusSnapshot {
    return statusSnapshot({
      loaded: this.#loaded,
      version: this.#options.version,
      nowMs: this.#options.clock.now(),
      pipeline: this.#stack?.pipeline.status() ?? null,
      pipelineRun: this.#stack === null ? null : this.#runs,
      downSinceMs: this.#downSinceMs,
      error: this.#lastError,
    });
  }

  /** The first listener also gets the notices given while nobody listened. */
  onEvent(listener: (event: ServerEvent) => void): () => void {
    this.#eventListeners.add(listener);
    for (const notice of this.#unheard.values()) listener(notice);
    this.#unheard.clear();
    return () => this.#eventListeners.delete(listener);
  }

  /** Called at once with the present desk, then whenever a pipeline came or went. */
  onDesk(listener: (desk: Desk | null) => void): () => void {
    this.#deskListeners.add(listener);
    listener(this.#stack?.pipeline.desk ?? null);
    return () => this.#deskListeners.delete(listener);
  }

  emit(event: ServerEvent): void {
    if (this.#eventListeners.size === 0 && event.type === 'notice') this.#unheard.set(event.key, event);
    for (const listener of this.#eventListeners) listener(event);
  }

  /** What screens list: under a replay its own symbols first, then the user's lists. */
  watchlists(): readonly Watchlist[] {
    const ofDataset = this.#datasetWatchlist.of(this.config);
    const own = this.#options.settings?.watchlists() ?? [];
    return ofDataset === null ? own : [ofDataset, ...own];
  }

  async applyWatchlists(): Promise<void> {
    const desk = this.#stack?.pipeline.desk ?? null;
    if (desk === null || this.#options.settings === null) return;
    await desk.watchSymbols(symbolsOf(this.#options.settings.watchlists()));
  }

  /**
   * Closes the pipeline and opens it with the configuration as it is now; resolves and rejects as `start`. A wrong configuration
   * changes nothing, and throws.
   */
  restart(): Promise<void> {
    // Nobody would close what it opened.
    if (this.#isClosed) throw new TapedeckError('closed', 'TapeDeck ends just now.');
    const loaded = this.#options.reload();
    const previous = this.#work;
    this.#attempt.abort();
    this.#attempt = new AbortController();
    this.#waiting = deferred();
    const waiting = this.#waiting.promise;
    const restarted = this.#reopen(previous, loaded, this.#attempt.signal);
    this.#work = restarted.catch((error: unknown) => this.#options.log.debug({ error }, 'the restart came to nothing'));
    this.#opening = Promise.race([this.#work, waiting]);
    return Promise.race([restarted, waiting]);
  }

  /** Drains and closes. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#attempt.abort();
    this.#started.resolve();
    clearInterval(this.#statusTimer);
    this.#datasetWatchlist.close();
    for (const stop of this.#stopSettings) stop();
    await this.#work.catch((error: unknown) => this.#options.log.debug({ error }, 'closed while opening'));
    await this.#closeStack();
    this.#eventListeners.clear();
    this.#deskListeners.clear();
  }

  async #reopen(previous: Promise<void>, loaded: LoadedConfig, signal: AbortSignal): Promise<void> {
    await previous;
    // What could not be closed well is gone all the same, and no reason to stay without a pipeline.
    await this.#closeStack().catch((error: unknown) => this.#reportFailure('restart', error));
    this.#loaded = loaded;
    // The restart that came meanwhile opens; two attempts would leave two pipelines.
    if (!signal.aborted) await this.#openFirst(signal);
  }

  async #openFirst(signal: AbortSignal): Promise<void> {
    try {
      await this.#open(signal);
    } catch (error) {
      if (signal.aborted) return;
      const known = this.#noteFailure(error);
      if (!known.retryable) throw known;
      this.#work = this.#openLater(signal).catch((failure: unknown) => this.#failed.reject(failure));
    }
  }

  async #openLater(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(OPENING_BACKOFF);
    while (await backoff.wait(signal)) {
      try {
        await this.#open(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#noteFailure(error).retryable) throw error;
      }
    }
  }

  async #open(signal: AbortSignal): Promise<void> {
    let isOpening = true;
    const stack = await this.#options.openStack(this.#loaded.config, {
      signal,
      onWaiting: (detail) => {
        // What comes later is said by the state of the components.
        if (!isOpening || signal.aborted) return;
        this.#noteFailure(new TapedeckError('connection-lost', detail, { retryable: true }));
        this.#waiting.resolve();
      },
    });
    isOpening = false;
    this.#stack = stack;
    this.#runs += 1;
    this.#lastError = null;
    stack.pipeline.finished.then(
      () => this.#finished.resolve(),
      (error: unknown) => this.#finished.reject(error),
    );
    stack.pipeline.desk?.onEvent((event) => this.emit(event));
    if (stack.pipeline.desk !== null) this.#datasetWatchlist.follow(stack.pipeline.desk, this.config.dataset);
    for (const listener of this.#deskListeners) listener(stack.pipeline.desk);
    this.#emitStatus();
    // What could not be leased now is leased with the next renewal.
    await this.applyWatchlists().catch((error: unknown) => this.#reportFailure('watchlists', error));
  }

  async #closeStack(): Promise<void> {
    const stack = this.#stack;
    if (stack === null) return;
    this.#stack = null;
    this.#downSinceMs = this.#options.clock.now();
    for (const listener of this.#deskListeners) listener(null);
    this.#emitStatus();
    await stack.close();
  }

  #running(): RunningStack {
    if (this.#stack !== null) return this.#stack;
    throw new TapedeckError('connection-lost', 'the pipeline is not running yet', {
      retryable: true,
      userMessage: this.#lastError?.userMessage ?? 'TapeDeck is starting.',
    });
  }

  /** Says once what keeps the stack from opening, however often and by whomever it is tried. */
  #noteFailure(error: unknown): TapedeckError {
    const known = TapedeckError.from(error);
    if (this.#lastError?.message !== known.message) {
      this.#options.log.warn({ error: known }, 'the stack could not be opened');
      this.emit({ type: 'notice', level: 'error', text: known.userMessage, key: 'stack' });
    }
    this.#lastError = known;
    return known;
  }

  #reportFailure(what: string, error: unknown): void {
    const known = TapedeckError.from(error);
    this.#lastError = this.#stack === null ? known : this.#lastError;
    this.#options.log.error({ error: known, what }, 'a background step failed');
    this.emit({ type: 'notice', level: 'error', text: known.userMessage, key: what });
  }

  #emitWatchlists(): void {
    this.emit({ type: 'watchlists', watchlists: [...this.watchlists()] });
  }

  #emitStatus(): void {
    if (this.#eventListeners.size > 0) this.emit({ type: 'status', status: this.status() });
  }
}

function unready(components: readonly ComponentState[]): string | null {
  const missing = components.filter(
    ({ name, state }) => name !== 'feed' && name !== 'ingest' && (state === 'down' || state === 'starting'),
  );
  if (missing.length === 0) return null;
  return `${missing.map(({ name, state, detail }) => `${name} is ${state}${detail === '' ? '' : ` (${detail})`}`).join('; ')}.`;
}

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Somebody who never asks for the end must not crash the process by it.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
