import type { ServerEvent, StatusSnapshot } from '../contract/index.ts';
import { TapedeckError } from '../market/index.ts';
import type { Clock, Log } from '../market/index.ts';
import type { Desk } from '../pipeline/pipeline.ts';
import type { Store } from '../store/store.ts';
import type { Config, LoadedConfig } from './config/config.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import { symbolsOf } from './settings/watchlist-operations.ts';
import type { OpenStack, RunningStack } from './stack.ts';
import { statusSnapshot } from './status-snapshot.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const STATUS_INTERVAL_MS = 1_000;

export interface PipelineHostOptions {
  readonly version: string;
  readonly hostId: string;
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
  readonly #abort = new AbortController();
  readonly #eventListeners = new Set<(event: ServerEvent) => void>();
  readonly #deskListeners = new Set<(desk: Desk | null) => void>();
  readonly #finished = deferred();
  readonly #statusTimer: NodeJS.Timeout;
  readonly #stopSettings: readonly (() => void)[];
  #loaded: LoadedConfig;
  #stack: RunningStack | null = null;
  #lastError: TapedeckError | null = null;
  #downSinceMs: number;
  #work: Promise<void> = Promise.resolve();

  constructor(options: PipelineHostOptions) {
    this.#options = options;
    this.#loaded = options.loaded;
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
              this.emit({ type: 'watchlists', watchlists: [...settings.watchlists()] });
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

  /**
   * Opens the stack. Resolves when it runs, or when it does not yet because something is away: that is tried again in the
   * background. Rejects where nobody but the user can help.
   */
  async start(): Promise<void> {
    this.#work = this.#openFirst();
    await this.#work;
  }

  /** Throws a retryable error while the pipeline is not up, `unsupported` where this host does not serve. */
  desk(): Desk {
    const stack = this.#running();
    if (stack.pipeline.desk !== null) return stack.pipeline.desk;
    throw new TapedeckError('unsupported', 'the serve role does not run here');
  }

  store(): Store {
    return this.#running().store;
  }

  get isReady(): boolean {
    return this.#stack !== null;
  }

  status(): StatusSnapshot {
    return statusSnapshot({
      loaded: this.#loaded,
      version: this.#options.version,
      nowMs: this.#options.clock.now(),
      pipeline: this.#stack?.pipeline.status() ?? null,
      downSinceMs: this.#downSinceMs,
      error: this.#lastError,
    });
  }

  onEvent(listener: (event: ServerEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Called at once with the present desk, then whenever a pipeline came or went. */
  onDesk(listener: (desk: Desk | null) => void): () => void {
    this.#deskListeners.add(listener);
    listener(this.#stack?.pipeline.desk ?? null);
    return () => this.#deskListeners.delete(listener);
  }

  emit(event: ServerEvent): void {
    for (const listener of this.#eventListeners) listener(event);
  }

  async applyWatchlists(): Promise<void> {
    const desk = this.#stack?.pipeline.desk ?? null;
    if (desk === null || this.#options.settings === null) return;
    await desk.watchSymbols(symbolsOf(this.#options.settings.watchlists()));
  }

  /** Closes the pipeline and opens it with the configuration as it is now. A wrong configuration changes nothing. */
  restart(): Promise<void> {
    const loaded = this.#options.reload();
    const previous = this.#work;
    const restarted = previous.then(async () => {
      await this.#closeStack();
      this.#loaded = loaded;
      await this.#openFirst();
    });
    this.#work = restarted.catch((error: unknown) => this.#reportFailure('restart', error));
    return restarted;
  }

  /** Drains and closes. Idempotent. */
  async close(): Promise<void> {
    this.#abort.abort();
    clearInterval(this.#statusTimer);
    for (const stop of this.#stopSettings) stop();
    await this.#work.catch((error: unknown) => this.#options.log.debug({ error }, 'closed while opening'));
    await this.#closeStack();
    this.#eventListeners.clear();
    this.#deskListeners.clear();
  }

  async #openFirst(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      const known = this.#noteFailure(error);
      if (!known.retryable) throw known;
      this.#work = this.#openLater().catch((failure: unknown) => this.#reportFailure('start', failure));
    }
  }

  async #openLater(): Promise<void> {
    for (let delayMs = FIRST_RETRY_MS; !this.#abort.signal.aborted; delayMs = Math.min(delayMs * 2, LONGEST_RETRY_MS)) {
      await sleep(delayMs, this.#abort.signal);
      if (this.#abort.signal.aborted) return;
      try {
        await this.#open();
        return;
      } catch (error) {
        if (!this.#noteFailure(error).retryable) throw error;
      }
    }
  }

  async #open(): Promise<void> {
    const stack = await this.#options.openStack(this.#loaded.config, this.#abort.signal);
    this.#stack = stack;
    this.#lastError = null;
    stack.pipeline.finished.then(
      () => this.#finished.resolve(),
      (error: unknown) => this.#finished.reject(error),
    );
    stack.pipeline.desk?.onEvent((event) => this.emit(event));
    await this.applyWatchlists();
    for (const listener of this.#deskListeners) listener(stack.pipeline.desk);
    this.#emitStatus();
  }

  async #closeStack(): Promise<void> {
    const stack = this.#stack;
    if (stack === null) return;
    this.#stack = null;
    this.#downSinceMs = this.#options.clock.now();
    for (const listener of this.#deskListeners) listener(null);
    await stack.close();
  }

  #running(): RunningStack {
    if (this.#stack !== null) return this.#stack;
    throw new TapedeckError('connection-lost', 'the pipeline is not running yet', {
      retryable: true,
      userMessage: this.#lastError?.userMessage ?? 'TapeDeck is starting.',
    });
  }

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

  #emitStatus(): void {
    if (this.#eventListeners.size > 0) this.emit({ type: 'status', status: this.status() });
  }
}

function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done, { once: true });
  });
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
