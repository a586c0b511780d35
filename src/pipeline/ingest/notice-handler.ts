import type { FeedNotice, FeedState } from '../../feeds/feed.ts';
import type { ComponentState } from '../../contract/index.ts';
import { type DeadLetter, type Gap, TapedeckError } from '../../market/index.ts';
import { retry } from '../retry.ts';
import type { RoleContext } from '../role-context.ts';

const COMPONENT_STATES: Readonly<Record<FeedState, ComponentState['state']>> = {
  connecting: 'starting',
  live: 'ok',
  reconnecting: 'degraded',
  stopped: 'down',
  finished: 'off',
};

/** Turns what a feed says about itself into component states, rows of the gap ledger, dead letters and sentences. */
export class NoticeHandler {
  readonly #context: RoleContext;
  readonly #feedName: string;
  readonly #onGap: (gap: Gap) => void;
  readonly #signal: AbortSignal;
  isFinished = false;
  #isInOutage = false;

  constructor(context: RoleContext, feedName: string, onGap: (gap: Gap) => void, signal: AbortSignal) {
    this.#context = context;
    this.#feedName = feedName;
    this.#onGap = onGap;
    this.#signal = signal;
  }

  /** Resolves when what must not be lost is on the bus or in the store. */
  async handle(notices: readonly FeedNotice[]): Promise<void> {
    const deadLetters: DeadLetter[] = [];
    for (const notice of notices) {
      if (notice.kind === 'bad-message') deadLetters.push(this.#deadLetter(notice));
      else await this.#handleOne(notice);
    }
    if (deadLetters.length === 0) return;
    this.#context.options.metrics.count('dead_letters_total', { topic: 'feed' }, deadLetters.length);
    await retry({
      work: () => this.#context.options.bus.publish('dead-letters', deadLetters),
      signal: this.#signal,
      onFailure: (error) => this.#context.board.set('bus', 'down', error.userMessage),
    });
  }

  async #handleOne(notice: Exclude<FeedNotice, { kind: 'bad-message' }>): Promise<void> {
    switch (notice.kind) {
      case 'state':
        await this.#handleState(notice.state, notice.detail, notice.error);
        break;
      case 'gap':
        await this.#recordGap(notice);
        break;
      case 'symbol-rejected':
        this.#context.log.warn({ symbol: notice.symbol, reason: notice.reason }, 'the feed refused a symbol');
        this.#context.notify({
          level: 'warning',
          text: `${notice.symbol}: ${notice.reason}`,
          key: `symbol-rejected:${notice.symbol}`,
        });
        await this.#recordError('unknown-symbol', `${notice.symbol}: ${notice.reason}`);
        break;
      case 'symbols-polled':
        this.#context.options.metrics.gauge('polled_symbols', { feed: this.#feedName }, notice.symbols.length);
        if (notice.symbols.length === 0) break;
        this.#context.notify({
          level: 'info',
          text: `Beyond the plan's limit, polled instead of streamed: ${notice.symbols.slice(0, 12).join(', ')}${notice.symbols.length > 12 ? ', …' : ''}`,
          key: 'symbols-polled',
        });
    }
  }

  async #handleState(state: FeedState, detail: string, error: TapedeckError | null): Promise<void> {
    if (state === 'finished') this.isFinished = true;
    if (state === 'reconnecting') this.#context.options.metrics.count('reconnects_total', { feed: this.#feedName });
    this.#context.board.set('feed', COMPONENT_STATES[state], error?.userMessage ?? detail);
    this.#context.log.info({ feed: this.#feedName, state, detail }, 'feed state');
    // A night without network is one error, however often the feed tries.
    const isKnown = state === 'reconnecting' && this.#isInOutage;
    this.#isInOutage = state === 'reconnecting' || (state === 'connecting' && this.#isInOutage);
    if (error === null) return;
    if (!isKnown) await this.#recordError(error.code, error.userMessage);
    if (!error.retryable) this.#context.notify({ level: 'error', text: error.userMessage, key: 'feed' });
  }

  async #recordGap(notice: Extract<FeedNotice, { kind: 'gap' }>): Promise<void> {
    const gap: Gap = {
      id: `${this.#feedName}:${notice.reason}:${notice.symbol ?? '*'}:${String(notice.fromMs)}`,
      symbol: notice.symbol,
      reason: notice.reason,
      fromMs: notice.fromMs,
      toMs: notice.toMs,
      lostCount: notice.lostCount,
      detail: `${this.#feedName}: ${notice.reason}`,
      backfilledMs: null,
    };
    this.#context.options.metrics.count('gaps_total', { reason: notice.reason });
    await retry({
      work: () => this.#context.options.store.saveGap(gap),
      signal: this.#signal,
      onFailure: (error) =>
        this.#context.log.warn({ gap: gap.id, reason: error.message }, 'could not record a gap yet'),
    });
    this.#onGap(gap);
  }

  async #recordError(code: string, message: string): Promise<void> {
    const { store, clock } = this.#context.options;
    try {
      await store.recordError({ scope: `feed:${this.#feedName}`, code, message }, clock.now());
    } catch (cause) {
      this.#context.log.warn({ reason: TapedeckError.from(cause).message }, 'could not record an error');
    }
  }

  #deadLetter(notice: Extract<FeedNotice, { kind: 'bad-message' }>): DeadLetter {
    return {
      origin: notice.origin,
      topic: '',
      partition: null,
      position: notice.position,
      reason: notice.reason,
      payload: notice.payload,
      timeMs: this.#context.options.clock.now(),
    };
  }
}
