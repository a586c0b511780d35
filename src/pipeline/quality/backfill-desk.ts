import { type StoredGap, TapedeckError, UNTOUCHED_BACKFILL } from '../../market/index.ts';
import type { RoleContext } from '../role-context.ts';
import { announce } from '../serve/desk-subscriptions.ts';

/** A month of minutes; what is longer can be asked for in parts. */
const MAX_RANGE_MS = 31 * 86_400_000;
const MINUTE_MS = 60_000;

export interface BackfillRange {
  readonly symbol: string;
  /** `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Takes wishes for a backfill. Who fetches is the process that holds the feed: it hears of the wish, or finds it when it reads
 * the ledger next, and writes into the gap's row how far it is.
 */
export interface BackfillDesk {
  /** Asks for a gap of the ledger, also one that was closed. Throws `not-found`. Answers it as it stands now. */
  request(gapId: string): Promise<StoredGap>;
  /** Enters the stretch as a gap of its own. Throws `bad-input` for one that is empty, in the future or too long. */
  requestRange(range: BackfillRange): Promise<StoredGap>;
}

export function createBackfillDesk(context: RoleContext): BackfillDesk {
  const { store, clock, dataset } = context.options;
  const request = async (gapId: string): Promise<StoredGap> => {
    const gap = await store.gap(gapId);
    if (gap === null) throw new TapedeckError('not-found', `there is no gap ${gapId}`);
    // Whoever fetches it already would be told to begin again.
    if (gap.backfill.state === 'running') return gap;
    const nowMs = clock.now();
    if (dataset.startsWith('replay-')) {
      const note = 'A replay has no history to fetch from.';
      await store.setBackfill(gapId, { ...gap.backfill, state: 'impossible', nextAttemptMs: null, note }, nowMs);
    } else {
      await store.setBackfill(gapId, { ...UNTOUCHED_BACKFILL, state: 'queued' }, nowMs);
      await announceQueued(context, gap);
    }
    return (await store.gap(gapId)) ?? gap;
  };
  return {
    request,
    requestRange: async ({ symbol, fromMs, toMs }) => {
      const nowMs = clock.now();
      const range = {
        fromMs: Math.floor(fromMs / MINUTE_MS) * MINUTE_MS,
        toMs: Math.min(Math.ceil(toMs / MINUTE_MS) * MINUTE_MS, Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS),
      };
      if (range.fromMs >= range.toMs)
        throw new TapedeckError('bad-input', 'the stretch must begin before it ends, and lie in the past');
      if (range.toMs - range.fromMs > MAX_RANGE_MS) {
        throw new TapedeckError('bad-input', 'at most 31 days can be fetched at once');
      }
      const id = `requested:${symbol}:${String(range.fromMs)}:${String(range.toMs)}`;
      await store.saveGap({
        id,
        symbol,
        reason: 'requested',
        ...range,
        lostCount: null,
        detail: 'asked for by hand',
        backfilledMs: null,
      });
      return request(id);
    },
  };
}

/** A bus that is away does not undo the wish: it is in the ledger. */
async function announceQueued(context: RoleContext, gap: StoredGap): Promise<void> {
  try {
    await announce(context, 'backfill-requested', gap.symbol === null ? [] : [gap.symbol]);
  } catch (cause) {
    context.log.warn({ gap: gap.id, reason: TapedeckError.from(cause).message }, 'could not announce a backfill');
  }
}
