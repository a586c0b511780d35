import { ALLOWED_LATENESS_MS, type Bar, type CalendarName, type Candle, type TradeEvent } from '../../market/index.ts';

export interface CandleBuilderOptions {
  /** Decides where a symbol's 1d candles begin and which minutes are regular session. */
  calendarOf(symbol: string): CalendarName;
  /**
   * A candle closes when the watermark, the highest exchange time seen minus this, passes its end. Of a live event counts at
   * most ten seconds more than when it was received, less its provider's delay; of all others their time, as received says nothing of it.
   */
  readonly allowedLatenessMs: number;
  /** Single prints of a minute (for repeats, corrections, cancels) stay in memory this long after its end. */
  readonly retainPrintsMs: number;
  /** Upper bound on prints in memory over all symbols; the oldest minutes go first. */
  readonly maxRetainedPrints: number;
}

export const DEFAULT_CANDLE_OPTIONS = {
  allowedLatenessMs: ALLOWED_LATENESS_MS,
  retainPrintsMs: 180_000,
  maxRetainedPrints: 1_000_000,
} as const;

/**
 * `added`: changes what the next `drain` answers. `duplicate`: seen before, dropped. `deferred`: belongs to a minute that
 * has left memory or amends a print that is not known; kept until `applyRebuild` (or the print) arrives.
 */
export type AddOutcome = 'added' | 'duplicate' | 'deferred';

/** Whole minutes `[fromMs, toMs)` of one symbol that can only be computed from the store. */
export interface RebuildRequest {
  readonly symbol: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CandleChanges {
  /** Every candle that changed or closed since the last drain, once, in its newest state. */
  readonly candles: readonly Candle[];
  /** Answer each with `applyRebuild`; it is not repeated meanwhile. */
  readonly rebuilds: readonly RebuildRequest[];
}

/** `incomplete`: the store did not hold all that was counted before; nothing changed and the request comes again. */
export type RebuildOutcome = 'rebuilt' | 'incomplete';

export interface CandleCounts {
  readonly duplicates: number;
  /** Prints with a sale condition that the table does not know. */
  readonly unknownConditions: number;
  /** Corrections and cancels that wait for their print. */
  readonly waitingAmendments: number;
  /** Feed bars for an hour that has left memory; they are not folded in. */
  readonly lateBars: number;
  readonly barsCompared: number;
  /** Closed minutes whose feed bar and built candle differ in a price or in volume. */
  readonly barsDiffering: number;
  readonly rebuilds: number;
  /** Rebuilds given up because the store never held all that was counted before. */
  readonly abandonedRebuilds: number;
  readonly retainedPrints: number;
}

/**
 * Candles of all intervals for any number of symbols; one builder per bus partition. Feed it in bus order: of prints with
 * equal exchange time and sequence the one added later is the later one. Not re-entrant, no clock of its own.
 */
export interface CandleBuilder {
  add(event: TradeEvent): AddOutcome;
  /** A bar of `source: 'backfill'` fills the built candles; any other one makes `feed-bar` candles, kept apart. */
  addBar(bar: Bar): void;
  /** Raises the watermark, for quiet symbols and at the end of a finite source (`Infinity`); never lowers it. */
  advanceTo(watermarkMs: number): void;
  readonly watermarkMs: number;
  drain(): CandleChanges;
  /**
   * `events` is every print and amendment whose original lies in the request's range, in the order of
   * `compareTradeTime`, ties in bus order; `backfillCandles` the stored 1m candles of source `backfill` in that range.
   */
  applyRebuild(
    request: RebuildRequest,
    events: readonly TradeEvent[],
    backfillCandles: readonly Candle[],
  ): RebuildOutcome;
  counts(): CandleCounts;
  /** Everything needed to go on after a restart. Take it right after a `drain` whose candles were acknowledged. */
  toState(): Uint8Array;
}
