/**
 * The last `length` - 1 settled values, with sum and sum of squares of their differences to an anchor inside the window:
 * squares of raw prices lose the digits that a variance lives on. Once a turn of the ring the sums are computed anew, so that
 * rounding errors do not pile up. The newest value comes in only when a result is asked for.
 */
const POSITION = 0;
const FILLED = 1;
const ANCHOR = 2;
const SUM = 3;
const SQUARES = 4;
const RING = 5;

export class WindowSums {
  readonly stateLength: number;
  readonly #length: number;
  readonly #settledLength: number;

  constructor(length: number) {
    this.#length = length;
    this.#settledLength = length - 1;
    this.stateLength = RING + length - 1;
  }

  /** Takes over the value at `state[from]`. */
  settle(state: Float64Array, at: number, from: number): void {
    const length = this.#settledLength;
    if (length === 0) return;
    const value = state[from] ?? 0;
    const position = state[at + POSITION] ?? 0;
    const slot = at + RING + position;
    const filled = state[at + FILLED] ?? 0;
    if (filled === 0) state[at + ANCHOR] = value;
    const anchor = state[at + ANCHOR] ?? 0;
    let sum = state[at + SUM] ?? 0;
    let squares = state[at + SQUARES] ?? 0;
    if (filled === length) {
      const leaving = (state[slot] ?? 0) - anchor;
      sum -= leaving;
      squares -= leaving * leaving;
    } else {
      state[at + FILLED] = filled + 1;
    }
    const coming = value - anchor;
    state[at + SUM] = sum + coming;
    state[at + SQUARES] = squares + coming * coming;
    state[slot] = value;
    if (position + 1 < length) {
      state[at + POSITION] = position + 1;
    } else {
      state[at + POSITION] = 0;
      this.#sumAnew(state, at, value);
    }
  }

  /** Whether the settled values and a newest one make a whole window. */
  isFull(state: Float64Array, at: number): boolean {
    return state[at + FILLED] === this.#settledLength;
  }

  mean(state: Float64Array, at: number, newest: number): number {
    const anchor = this.#settledLength === 0 ? newest : (state[at + ANCHOR] ?? 0);
    return anchor + ((state[at + SUM] ?? 0) + newest - anchor) / this.#length;
  }

  /** Sum of squared differences to the mean. */
  spread(state: Float64Array, at: number, newest: number): number {
    const difference = newest - (state[at + ANCHOR] ?? 0);
    const sum = (state[at + SUM] ?? 0) + difference;
    return Math.max(0, (state[at + SQUARES] ?? 0) + difference * difference - (sum * sum) / this.#length);
  }

  #sumAnew(state: Float64Array, at: number, anchor: number): void {
    let sum = 0;
    let squares = 0;
    for (let slot = at + RING; slot < at + RING + this.#settledLength; slot++) {
      const difference = (state[slot] ?? 0) - anchor;
      sum += difference;
      squares += difference * difference;
    }
    state[at + ANCHOR] = anchor;
    state[at + SUM] = sum;
    state[at + SQUARES] = squares;
  }
}
