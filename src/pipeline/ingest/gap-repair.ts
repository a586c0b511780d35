import type { Feed } from '../../feeds/feed.ts';
import { type GapBackfill, sessionCalendar, type StoredGap, TapedeckError } from '../../market/index.ts';
import type { RoleContext } from '../role-context.ts';
import type { Backfill } from './backfill.ts';
import { historyDelayMs } from './feed-delay.ts';
import type { InstrumentRecorder } from './instrument-recorder.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const LISTED_GAPS = 1_000;
/** What a provider did not have for so long it will not have now, unless somebody asks. */
const OLDEST_GAP_MS = 10 * DAY_MS;
/** After the first opening of a live feed's history: plans without real-time data hold it back for a quarter of an hour. */
const RETRY_DELAYS_MS = [15_000, MINUTE_MS, 5 * MINUTE_MS, 20 * MINUTE_MS, 60 * MINUTE_MS];
const PRIORITY = { requested: 10, found: 500 };

/**
 * Fetches what gaps of any reason lost from the feed's history: by itself as the ledger names them, and again where it failed or
 * found nothing yet; at once where a desk asks. How far it has come stands in the gap's row, so that every process can see it
 * and another one can go on.
 */
export class GapRepair {
  readonly #context: RoleContext;
  readonly #feed: Feed;
  readonly #backfill: Backfill;
  readonly #instruments: InstrumentRecorder;
  readonly #wanted: () => readonly string[];
  readonly #signal: AbortSignal;
  /** In the queue or under way. */
  readonly #busy = new Set<string>();

  constructor(
    context: RoleContext,
    feed: Feed,
    parts: {
      readonly backfill: Backfill;
      readonly instruments: InstrumentRecorder;
      /** The symbols that a gap of the whole feed concerns. */
      readonly wanted: () => readonly string[];
      readonly signal: AbortSignal;
    },
  ) {
    this.#context = context;
    this.#feed = feed;
    this.#backfill = parts.backfill;
    this.#instruments = parts.instruments;
    this.#wanted = parts.wanted;
    this.#signal = parts.signal;
  }

  /** Reads the ledger and queues every gap whose time has come. */
  async takeUp(): Promise<void> {
    const { store, clock } = this.#context.options;
    const nowMs = clock.now();
    for (const gap of await store.pendingGaps(LISTED_GAPS)) {
      if (this.#busy.has(gap.id) || (gap.backfill.nextAttemptMs ?? 0) > nowMs) continue;
      const isRequested = gap.backfill.state !== 'open';
      if (this.#feed.source === 'replay') {
        if (isRequested) await this.#refuse(gap, 'A replay has no history to fetch from.');
        continue;
      }
      if (!isRequested && (gap.toMs <= gap.fromMs || gap.toMs < nowMs - OLDEST_GAP_MS)) continue;
      const servedFromMs = wholeMinutes(gap).toMs + historyDelayMs(this.#feed);
      if (servedFromMs > nowMs + MINUTE_MS) {
        // Who looks at the ledger sees how long, rather than a wish that stands still.
        await this.#save(gap, {
          ...gap.backfill,
          nextAttemptMs: servedFromMs,
          note: 'The delayed feed does not have it yet.',
        });
      } else this.#queue(gap, isRequested ? PRIORITY.requested : PRIORITY.found, servedFromMs);
    }
  }

  #queue(gap: StoredGap, priority: number, notBeforeMs: number): void {
    this.#busy.add(gap.id);
    this.#backfill.schedule(priority, notBeforeMs, async () => {
      try {
        await this.#repair(gap);
      } finally {
        this.#busy.delete(gap.id);
      }
    });
  }

  async #repair(gap: StoredGap): Promise<void> {
    const symbols = gap.symbol === null ? this.#wanted() : [gap.symbol];
    let progress: GapBackfill = {
      ...gap.backfill,
      state: 'running',
      nextAttemptMs: null,
      bars: 0,
      symbolsDone: 0,
      symbolsTotal: symbols.length,
      note: '',
    };
    try {
      if (symbols.length === 0) throw new TapedeckError('not-found', 'no symbol is watched', { retryable: true });
      await this.#save(gap, progress);
      for (const symbol of symbols) {
        const { fromMs, toMs } = wholeMinutes(gap);
        const bars = await this.#backfill.minutes(symbol, fromMs, toMs);
        progress = { ...progress, bars: progress.bars + bars, symbolsDone: progress.symbolsDone + 1 };
        // A stop in the middle is not the end of it: whoever comes next finds it running and begins again.
        if (this.#signal.aborted) return;
        if (progress.symbolsDone < symbols.length) await this.#save(gap, progress);
      }
      await this.#finish(gap, progress, symbols);
    } catch (cause) {
      if (this.#signal.aborted) return;
      const error = TapedeckError.from(cause);
      this.#context.options.metrics.count('backfill_failures_total', { code: error.code });
      const outcome = error.retryable ? 'retried' : 'gave-up';
      const what = 'could not repair a gap';
      this.#context.errors.report({ scope: 'ingest', error, outcome, what, fields: { gap: gap.id } });
      if (error.retryable) await this.#tryLater(gap, progress, error.userMessage);
      else await this.#refuse(gap, error.userMessage);
    }
  }

  async #finish(gap: StoredGap, progress: GapBackfill, symbols: readonly string[]): Promise<void> {
    const { fromMs, toMs } = wholeMinutes(gap);
    const isInSession = symbols.some(
      (symbol) => sessionCalendar(this.#instruments.calendarOf(symbol)).minutesExpected(fromMs, toMs) > 0,
    );
    if (progress.bars === 0 && isInSession && gap.backfill.attempts < RETRY_DELAYS_MS.length) {
      await this.#tryLater(gap, progress, 'The history holds nothing of it yet.');
      return;
    }
    const note = progress.bars > 0 ? '' : 'The history holds nothing of it: nobody traded.';
    await this.#save(gap, { ...progress, state: 'done', note });
    this.#context.log.info({ gap: gap.id, bars: progress.bars }, 'a gap was backfilled');
  }

  /** What was asked for by hand stays so: it goes first, however old it is. */
  async #tryLater(gap: StoredGap, progress: GapBackfill, note: string): Promise<void> {
    const { attempts } = gap.backfill;
    const delayMs = RETRY_DELAYS_MS[Math.min(attempts, RETRY_DELAYS_MS.length - 1)] ?? MINUTE_MS;
    const state = gap.backfill.state === 'open' ? 'open' : 'queued';
    const nextAttemptMs = this.#context.options.clock.now() + delayMs;
    await this.#save(gap, { ...progress, state, attempts: attempts + 1, nextAttemptMs, note });
  }

  async #refuse(gap: StoredGap, note: string): Promise<void> {
    await this.#save(gap, { ...gap.backfill, state: 'impossible', nextAttemptMs: null, note });
  }

  async #save(gap: StoredGap, backfill: GapBackfill): Promise<void> {
    const { store, clock } = this.#context.options;
    await store.setBackfill(gap.id, backfill, clock.now());
  }
}

function wholeMinutes({ fromMs, toMs }: StoredGap): { readonly fromMs: number; readonly toMs: number } {
  return {
    fromMs: Math.floor(fromMs / MINUTE_MS) * MINUTE_MS,
    toMs: Math.ceil(Math.max(toMs, fromMs + 1) / MINUTE_MS) * MINUTE_MS,
  };
}
