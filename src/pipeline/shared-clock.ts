import type { Clock } from '../market/index.ts';

/**
 * The time of day that all hosts of a pipeline agree on, the database's: a lease granted by one clock and read by another would
 * end early or never.
 */
export class SharedClock implements Clock {
  /** How far our own clock is ahead. */
  offsetMs = 0;
  readonly #own: Clock;

  constructor(own: Clock) {
    this.#own = own;
  }

  now(): number {
    return this.#own.now() - this.offsetMs;
  }
}
