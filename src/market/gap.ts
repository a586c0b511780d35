export const GAP_REASONS = [
  'disconnect',
  'silence',
  'overflow',
  'missing-minutes',
  'position-outside-log',
  'requested',
] as const;
/** `requested`: nothing is known to be lost; somebody asked for the stretch to be fetched. */
export type GapReason = (typeof GAP_REASONS)[number];

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

export const BACKFILL_STATES = ['open', 'queued', 'running', 'done', 'impossible'] as const;
/** `open` waits for its turn or the next attempt, `queued` was asked for by hand, `impossible` needs somebody to ask again. */
export type BackfillState = (typeof BACKFILL_STATES)[number];

/** How far the repair of a gap has come. */
export interface GapBackfill {
  readonly state: BackfillState;
  /** Failed or fruitless ones since it was opened or asked for. */
  readonly attempts: number;
  readonly nextAttemptMs: number | null;
  /** Minutes fetched so far. */
  readonly bars: number;
  readonly symbolsDone: number;
  readonly symbolsTotal: number;
  /** What went wrong last, or why it is impossible; empty otherwise. */
  readonly note: string;
}

export interface StoredGap extends Gap {
  readonly backfill: GapBackfill;
}

export const UNTOUCHED_BACKFILL: GapBackfill = {
  state: 'open',
  attempts: 0,
  nextAttemptMs: null,
  bars: 0,
  symbolsDone: 0,
  symbolsTotal: 0,
  note: '',
};
