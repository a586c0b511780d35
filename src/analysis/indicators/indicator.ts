/**
 * One kind of indicator with its parameters. What it knows of a series lies in a stretch of numbers that the suite hands it,
 * so one serves every symbol and a whole suite is one array: close together in memory, and nothing to allocate. Both functions
 * stand alone, without `this`.
 *
 * The close of the running candle is only ever read, in `write`; it is folded in by `settle` when the next candle begins.
 * So replacing it, however often, leaves no trace.
 */
export interface Indicator {
  /** How many numbers of state it needs; all 0 at first. */
  readonly stateLength: number;
  /** How many numbers `write` writes. */
  readonly width: number;
  /** A new candle has begun: folds in the final close of the one before, `state[PREVIOUS]`. Its own part begins at `at`. */
  readonly settle: (state: Float64Array, at: number) => void;
  /** The values with `state[CLOSE]` as the newest close; NaN until warmed up. */
  readonly write: (state: Float64Array, at: number, out: Float64Array, outAt: number) => void;
}

/** What all indicators of a series share, at the beginning of its state. */
export const CLOSE = 0;
/** Closes of the two candles before the running one. */
export const PREVIOUS = 1;
export const BEFORE_PREVIOUS = 2;
/** Candles so far, the running one among them. */
export const CANDLES = 3;
export const SHARED_LENGTH = 4;
