import type { Bar, TradeEvent } from '../../market/index.ts';
import type { RebuildRequest } from './candle-builder.ts';

/** What waits for a rebuild. */
export type Deferred =
  | { readonly kind: 'event'; readonly event: TradeEvent }
  | { readonly kind: 'bar'; readonly bar: Bar };

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PendingRebuild extends Range {
  /** The range is only searched for the prints of waiting amendments; minutes without one stay as they are. */
  readonly isLookUp: boolean;
  readonly deferred: Deferred[];
  readonly attempts: number;
  isAnnounced: boolean;
}

/** What a checkpoint keeps of a stretch. */
export interface SavedRebuild extends Range {
  readonly isLookUp: boolean;
  /** Missing in a state of an earlier version. */
  readonly bars?: readonly Bar[];
}

const MAX_ATTEMPTS = 8;

/** The store holds the rest by the time it is asked. */
const MAX_DEFERRED = 10_000;

/** The stretches of one symbol that wait to be computed from the store. */
export class Rebuilds {
  readonly #symbol: string;
  #pending: PendingRebuild[] = [];

  constructor(symbol: string) {
    this.#symbol = symbol;
  }

  get pending(): readonly PendingRebuild[] {
    return this.#pending;
  }

  covers(timeMs: number): boolean {
    return this.#pending.some((range) => !range.isLookUp && timeMs >= range.fromMs && timeMs < range.toMs);
  }

  defer(range: Range, item: Deferred): void {
    const timeMs = item.kind === 'bar' ? item.bar.timeMs : item.event.timeMs;
    let pending = this.#pending.find((other) => !other.isLookUp && timeMs >= other.fromMs && timeMs < other.toMs);
    if (pending === undefined) {
      pending = { ...range, isLookUp: false, deferred: [], attempts: 0, isAnnounced: false };
      this.#pending.push(pending);
    }
    if (pending.deferred.length < MAX_DEFERRED) pending.deferred.push(item);
  }

  lookUp(range: Range): void {
    const isKnown = this.#pending.some((other) => other.isLookUp && other.fromMs === range.fromMs);
    if (!isKnown) this.#pending.push({ ...range, isLookUp: true, deferred: [], attempts: 0, isAnnounced: false });
  }

  /** Requests not yet announced. */
  take(requests: RebuildRequest[]): void {
    for (const pending of this.#pending) {
      if (pending.isAnnounced) continue;
      pending.isAnnounced = true;
      requests.push({ symbol: this.#symbol, fromMs: pending.fromMs, toMs: pending.toMs });
    }
  }

  /** The pending stretch a request stands for, taken out. */
  finish(request: RebuildRequest): PendingRebuild | null {
    const at = this.#pending.findIndex(({ fromMs, toMs }) => fromMs === request.fromMs && toMs === request.toMs);
    return at < 0 ? null : (this.#pending.splice(at, 1)[0] ?? null);
  }

  /** Puts a stretch back to be asked for again; false when it has been tried too often. */
  retry(pending: PendingRebuild): boolean {
    if (pending.attempts + 1 >= MAX_ATTEMPTS) return false;
    this.#pending.push({ ...pending, attempts: pending.attempts + 1, isAnnounced: false });
    return true;
  }

  /** Deferred events are on the bus before the checkpoint's positions, so the store has them; of bars it has candles only. */
  saved(): readonly SavedRebuild[] {
    return this.#pending.map(({ fromMs, toMs, isLookUp, deferred }) => {
      const bars = deferred.flatMap((item) => (item.kind === 'bar' ? [item.bar] : []));
      return { fromMs, toMs, isLookUp, bars };
    });
  }

  restore(saved: readonly SavedRebuild[]): void {
    this.#pending = saved.map(({ bars = [], ...range }) => {
      const deferred = bars.map((bar): Deferred => ({ kind: 'bar', bar }));
      return { ...range, deferred, attempts: 0, isAnnounced: false };
    });
  }
}
