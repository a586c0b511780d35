import type { BackfillState, Candle, Gap, GapBackfill, GapReason, StoredGap } from '../market/index.ts';

/** A stretch `[fromMs, toMs)` of some symbols; null for all. */
export interface SymbolStretch {
  readonly symbols: readonly string[] | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What arrived wrong in one hour of exchange time. */
export interface ArrivalCounts {
  readonly symbol: string;
  readonly hourMs: number;
  /** Prints that came again and were dropped. */
  readonly duplicates: number;
  /** Prints that came after the candle of their minute had closed (`isLateTrade`). */
  readonly lateTrades: number;
}

/** What the closed 1m candles of a stretch say, as they stand now. */
export interface MinuteCounts {
  readonly symbol: string;
  /** Minutes with a candle of any source. */
  readonly coveredMinutes: number;
  /** Prints in the candles built here. */
  readonly trades: number;
  /** Minutes that only a backfill has filled. */
  readonly backfilledMinutes: number;
  /** Minutes for which the feed delivered a bar and nothing was built or backfilled. */
  readonly missingMinutes: number;
  /** Candles built here that changed after they had closed. */
  readonly revisedCandles: number;
  readonly barsCompared: number;
  /** Of those compared, the ones that differ in a price or in volume. */
  readonly barsDiffering: number;
}

export interface BarDifference {
  readonly built: Candle;
  readonly feed: Candle;
}

export interface GapFilter {
  readonly reason?: GapReason;
  readonly state?: BackfillState;
}

/** The ledger of what was lost. */
export interface GapStore {
  /** Keeps how far a repair has come when the row is there already. */
  saveGap(gap: Gap): Promise<void>;
  /** False where there is no such gap. A state of `done` closes the gap at `nowMs`, any other opens it again. */
  setBackfill(id: string, backfill: GapBackfill, nowMs: number): Promise<boolean>;
  /** Gaps that wait for a repair or were being repaired, those asked for by hand first, then the youngest. */
  pendingGaps(limit: number): Promise<readonly StoredGap[]>;
}

/** How good what is stored is. */
export interface QualityQueries {
  gap(id: string): Promise<StoredGap | null>;
  arrivalCounts(stretch: SymbolStretch): Promise<readonly ArrivalCounts[]>;
  /** By symbol. Its time grows with the candles of the stretch, during which the embedded engine serves nobody else. */
  minuteCounts(stretch: SymbolStretch): Promise<readonly MinuteCounts[]>;
  /** Ascending by open time: the first `limit` of the stretch, or its latest. */
  barDifferences(stretch: SymbolStretch, limit: number, end: 'first' | 'latest'): Promise<readonly BarDifference[]>;
  /** Minutes with a bar of the feed and nothing built or backfilled, of symbols that have built candles in the stretch. */
  missingMinutes(stretch: SymbolStretch): Promise<readonly { readonly symbol: string; readonly openTimeMs: number }[]>;
  /** Exchange time of the newest print, or of the end of the newest candle built here; null without any. */
  newestTime(kind: 'trade' | 'candle', symbols: readonly string[]): Promise<number | null>;
}
