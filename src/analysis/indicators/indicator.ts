/**
 * One indicator over the closes of one series. `add` takes the close of the next candle, `replace` the newer close of the
 * last one: however often it is replaced, the values are those of a computation that saw only the final closes.
 */
export interface Indicator {
  /** How many numbers `write` writes. */
  readonly width: number;
  add(close: number): void;
  /** Only after an `add`. */
  replace(close: number): void;
  /** NaN until warmed up. */
  write(out: Float64Array, at: number): void;
}
