/** Passed in wherever the time of day matters, so that tests and replays own it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Its milliseconds per real one; absent where it is the time of day itself. */
  readonly rate?: number;
}

export const systemClock: Clock = { now: () => Date.now() };
