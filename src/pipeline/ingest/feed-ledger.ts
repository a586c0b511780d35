import type { Gap } from '../../market/index.ts';
import { retry } from '../retry.ts';
import type { RoleContext } from '../role-context.ts';

/** Of each kind; what more there is during an outage of the store must not fill the memory. */
const MAX_WAITING_ROWS = 1_000;

/** What a feed lost; the ledger names it. */
export type FeedGap = Pick<Gap, 'reason' | 'symbol' | 'fromMs' | 'toMs' | 'lostCount'>;

/**
 * Writes rows about a feed behind its back: a store that is away must not hold up reading, because then the feed's buffer
 * overflows although the bus takes everything. When a thousand gaps wait, the two oldest become one that spans both.
 */
export class FeedLedger {
  readonly #context: RoleContext;
  readonly #feedName: string;
  readonly #onGap: (gap: Gap) => void;
  readonly #signal: AbortSignal;
  readonly #gaps: Gap[] = [];
  #writing: Promise<void> | null = null;

  /** `onGap` hears of each gap once it is stored. When `signal` aborts, what waits is tried once more. */
  constructor(context: RoleContext, feedName: string, onGap: (gap: Gap) => void, signal: AbortSignal) {
    this.#context = context;
    this.#feedName = feedName;
    this.#onGap = onGap;
    this.#signal = signal;
  }

  recordGap(gap: FeedGap): void {
    this.#context.options.metrics.count('gaps_total', { reason: gap.reason });
    this.#gaps.push(this.#named(gap));
    const [first, second] = this.#gaps;
    if (this.#gaps.length > MAX_WAITING_ROWS && first !== undefined && second !== undefined) {
      this.#gaps.splice(0, 2, this.#named(spanning(first, second)));
    }
    this.#write();
  }

  /** Resolves when nothing waits any more. After the signal has aborted. */
  async finish(): Promise<void> {
    await this.#writing;
  }

  #named(gap: FeedGap): Gap {
    const { reason, symbol, fromMs, toMs, lostCount } = gap;
    return {
      id: `${this.#feedName}:${reason}:${symbol ?? '*'}:${String(fromMs)}`,
      symbol,
      reason,
      fromMs,
      toMs,
      lostCount,
      detail: `${this.#feedName}: ${reason}`,
      backfilledMs: null,
    };
  }

  #write(): void {
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    const { store } = this.#context.options;
    while (this.#gaps.length > 0) {
      const gap = this.#gaps.shift();
      if (gap === undefined) break;
      await this.#persist({ gap: gap.id }, () => store.saveGap(gap));
      this.#onGap(gap);
    }
    this.#writing = null;
  }

  async #persist(row: Readonly<Record<string, string>>, work: () => Promise<void>): Promise<void> {
    try {
      await retry({
        work,
        signal: this.#signal,
        onFailure: (error, attempt) => {
          const report = {
            scope: 'ingest',
            error,
            outcome: 'retried',
            what: 'a gap is not stored yet',
            fields: row,
          } as const;
          if (attempt === 0) this.#context.errors.report(report);
          else this.#context.errors.record(report);
        },
      });
    } catch (cause) {
      this.#context.errors.report({
        scope: 'ingest',
        error: cause,
        outcome: 'gave-up',
        what: 'a gap could not be stored',
        fields: row,
      });
    }
  }
}

function spanning(a: Gap, b: Gap): FeedGap {
  return {
    reason: a.reason,
    symbol: a.symbol === b.symbol ? a.symbol : null,
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: Math.max(a.toMs, b.toMs),
    lostCount: a.lostCount === null || b.lostCount === null ? null : a.lostCount + b.lostCount,
  };
}
