import type { FeedNotice, FeedState } from '../../feeds/feed.ts';
import type { ComponentState } from '../../contract/index.ts';
import { type DeadLetter, TapedeckError } from '../../market/index.ts';
import { kindOfReason } from '../refused-reason.ts';
import { retry } from '../retry.ts';
import type { RoleContext } from '../role-context.ts';
import type { FeedLedger } from './feed-ledger.ts';

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
  readonly #ledger: FeedLedger;
  readonly #signal: AbortSignal;
  readonly #scope: string;
  isFinished = false;
  #isInOutage = false;

  constructor(context: RoleContext, feedName: string, ledger: FeedLedger, signal: AbortSignal) {
    this.#context = context;
    this.#feedName = feedName;
    this.#scope = `feed:${feedName}`;
    this.#ledger = ledger;
    this.#signal = signal;
  }

  /** Resolves when bad messages are on the bus; what goes into the store does not keep the feed waiting. */
  async handle(notices: readonly FeedNotice[]): Promise<void> {
    const deadLetters: DeadLetter[] = [];
    for (const notice of notices) {
      if (notice.kind === 'bad-message') deadLetters.push(this.#deadLetter(notice));
      else this.#handleOne(notice);
    }
    if (deadLetters.length === 0) return;
    await retry({
      work: () => this.#context.options.bus.publish('dead-letters', deadLetters),
      signal: this.#signal,
      onFailure: (error) => this.#context.board.set('bus', 'down', error.userMessage),
    });
  }

  #handleOne(notice: Exclude<FeedNotice, { kind: 'bad-message' }>): void {
    switch (notice.kind) {
      case 'state':
        this.#handleState(notice.state, notice.detail, notice.error);
        break;
      case 'gap':
        this.#ledger.recordGap(notice);
        break;
      case 'symbol-rejected':
        this.#context.notify({
          level: 'warning',
          text: `${notice.symbol}: ${notice.reason}`,
          key: `symbol-rejected:${notice.symbol}`,
        });
        this.#context.errors.report({
          scope: this.#scope,
          error: new TapedeckError('unknown-symbol', `${notice.symbol}: ${notice.reason}`),
          outcome: 'skipped',
        });
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

  #handleState(state: FeedState, detail: string, error: TapedeckError | null): void {
    if (state === 'finished') this.isFinished = true;
    if (state === 'reconnecting') {
      this.#context.health.feedReconnects += 1;
      this.#context.options.metrics.count('feed_reconnects_total', { feed: this.#feedName });
    }
    this.#context.board.set('feed', COMPONENT_STATES[state], error?.userMessage ?? detail);
    this.#context.log.info({ feed: this.#feedName, state, detail }, 'feed state');
    // A night without network is one error, however often the feed tries.
    const isKnown = state === 'reconnecting' && this.#isInOutage;
    this.#isInOutage = state === 'reconnecting' || (state === 'connecting' && this.#isInOutage);
    if (error === null) return;
    const outcome = state === 'stopped' ? 'gave-up' : 'reconnected';
    if (!isKnown) this.#context.errors.record({ scope: this.#scope, error, outcome });
    if (!error.retryable) this.#context.notify({ level: 'error', text: error.userMessage, key: 'feed' });
  }

  #deadLetter(notice: Extract<FeedNotice, { kind: 'bad-message' }>): DeadLetter {
    const { maskSecrets } = this.#context.options;
    this.#context.errors.record({
      scope: this.#scope,
      error: new TapedeckError('bad-message', kindOfReason(notice.reason)),
      outcome: 'dead-letter',
    });
    return {
      origin: notice.origin,
      topic: '',
      partition: null,
      position: notice.position,
      reason: maskSecrets(notice.reason),
      payload: maskSecrets(notice.payload),
      timeMs: this.#context.options.clock.now(),
    };
  }
}
