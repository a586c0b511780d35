import type { Interval } from './interval.ts';
import type { EventSource } from './market-event.ts';

/** `feed-bar` marks a bar that the provider built; the rest were built here from trades or backfilled. */
export type CandleSource = EventSource | 'feed-bar';

export interface Candle {
  readonly symbol: string;
  readonly interval: Interval;
  readonly openTimeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Null while nothing that counts for volume has traded. */
  readonly vwap: number | null;
  readonly tradeCount: number;
  /** The number of distinct inputs folded in; of two states of one candle the higher is the newer. */
  readonly revision: number;
  readonly isClosed: boolean;
  readonly source: CandleSource;
}

/**
 * A built candle whose prints were all cancelled: it says so with a higher revision, no trades and no volume, so that what
 * was stored and shown of it can be taken back. Its prices mean nothing.
 */
export function isWithdrawn(candle: Candle): boolean {
  return candle.tradeCount === 0 && candle.source !== 'feed-bar' && candle.source !== 'backfill';
}
