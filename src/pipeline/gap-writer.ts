import { type Gap, TapedeckError } from '../market/index.ts';
import { pause } from '../runtime/pause.ts';
import { backoffDelayMs } from './retry.ts';
import type { RoleContext } from './role-context.ts';

/** During an outage of the store the ledger must not fill the memory. */
const MAX_WAITING_GAPS = 1_000;

/**
 * Stores rows of the gap ledger behind its caller's back, one after the other, as often as it takes: a gap that nobody knows of
 * is never repaired, so a row that was refused is kept as one is that found no store. When a thousand wait, the two oldest
 * become one that spans both.
 */
export class GapWriter {
  readonly #context: RoleContext;
  readonly #scope: string;
  readonly #onStored: () => void;
  readonly #closing = new AbortController();
  /** By id: of one gap the newest state is enough. */
  readonly #waiting = new Map<string, Gap>();
  #writing: Promise<void> | null = null;

  /** `scope` is whose failures they are; `onStored` is called after each round that brought rows into the store. */
  constructor(context: RoleContext, scope: string, onStored: () => void = () => undefined) {
    this.#context = context;
    this.#scope = scope;
    this.#onStored = onStored;
  }

  save(gap: Gap): void {
    this.#waiting.delete(gap.id);
    this.#waiting.set(gap.id, gap);
    const [oldest, next] = this.#waiting.values();
    if (this.#waiting.size > MAX_WAITING_GAPS && oldest !== undefined && next !== undefined) {
      this.#waiting.delete(oldest.id);
      this.#waiting.set(next.id, spanning(oldest, next));
    }
    this.#writing ??= this.#writeAll();
  }

  /** What waits is tried once more; what is refused then is in the log. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writing;
    for (const gap of this.#waiting.values()) this.#giveUp(gap);
  }

  async #writeAll(): Promise<void> {
    for (let attempt = 0; this.#waiting.size > 0;) {
      const isLast = this.#closing.signal.aborted;
      const hasStored = await this.#writeOnce(attempt);
      if (isLast) break;
      if (hasStored) this.#onStored();
      attempt = hasStored ? 0 : attempt + 1;
      if (!hasStored) await pause(backoffDelayMs(attempt), this.#closing.signal);
    }
    this.#writing = null;
  }

  /** Each row once, so that one that is refused does not hold up the others. */
  async #writeOnce(attempt: number): Promise<boolean> {
    let hasStored = false;
    for (const gap of this.#waiting.values()) {
      try {
        await this.#context.options.store.saveGap(gap);
        if (this.#waiting.get(gap.id) === gap) this.#waiting.delete(gap.id);
        hasStored = true;
      } catch (cause) {
        this.#report(cause, gap, attempt);
      }
    }
    return hasStored;
  }

  #report(error: unknown, gap: Gap, attempt: number): void {
    const what = 'a gap is not stored yet';
    const report = { scope: this.#scope, error, outcome: 'retried', what, fields: { gap: gap.id } } as const;
    if (attempt === 0) this.#context.errors.report(report);
    else this.#context.errors.record(report);
  }

  #giveUp(gap: Gap): void {
    this.#waiting.delete(gap.id);
    const error = new TapedeckError('internal', 'the store takes no row of a gap');
    const what = 'a gap could not be stored';
    this.#context.errors.report({ scope: this.#scope, error, outcome: 'gave-up', what, fields: { ...gap } });
  }
}

function spanning(a: Gap, b: Gap): Gap {
  return {
    ...b,
    symbol: a.symbol === b.symbol ? a.symbol : null,
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: Math.max(a.toMs, b.toMs),
    lostCount: a.lostCount === null || b.lostCount === null ? null : a.lostCount + b.lostCount,
  };
}
