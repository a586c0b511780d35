export type GapReason = 'disconnect' | 'silence' | 'overflow' | 'missing-minutes' | 'position-outside-log';

/** A stretch of data that was lost, until a backfill closes it. */
export interface Gap {
  readonly id: string;
  /** Null when it concerns every symbol of the feed. */
  readonly symbol: string | null;
  readonly reason: GapReason;
  readonly fromMs: number;
  readonly toMs: number;
  /** How many events are known to be lost; null where nobody can know. */
  readonly lostCount: number | null;
  readonly detail: string;
  readonly backfilledMs: number | null;
}
