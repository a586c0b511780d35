import type { Gap } from '../../market/index.ts';
import { GapWriter } from '../gap-writer.ts';
import type { RoleContext } from '../role-context.ts';

/** What a feed lost; the ledger names it. */
export type FeedGap = Pick<Gap, 'reason' | 'symbol' | 'fromMs' | 'toMs' | 'lostCount'>;

/**
 * Enters what a feed lost into the gap ledger, behind its back: a store that is away must not hold up reading, because then the
 * feed's buffer overflows although the bus takes everything.
 */
export class FeedLedger {
  readonly #context: RoleContext;
  readonly #feedName: string;
  readonly #writer: GapWriter;

  /** `onStored` is called whenever gaps have come into the store. */
  constructor(context: RoleContext, feedName: string, onStored: () => void) {
    this.#context = context;
    this.#feedName = feedName;
    this.#writer = new GapWriter(context, 'ingest', onStored);
  }

  recordGap(gap: FeedGap): void {
    const { reason, symbol, fromMs } = gap;
    this.#context.options.metrics.count('gaps_total', { reason });
    this.#writer.save({
      ...gap,
      id: `${this.#feedName}:${reason}:${symbol ?? '*'}:${String(fromMs)}`,
      detail: `${this.#feedName}: ${reason}`,
      backfilledMs: null,
    });
  }

  /** What waits is tried once more. */
  async close(): Promise<void> {
    await this.#writer.close();
  }
}
