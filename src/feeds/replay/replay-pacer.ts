import type { Clock } from '../../market/index.ts';

/** Event time without any event that counts as quiet: a night, a weekend, the days between daily bars. */
const QUIET_MS = 10 * 60_000;
/** Wall time that a quiet stretch is shortened to. */
const SHORTENED_TO_MS = 1_000;

export interface Pace {
  /** Wall milliseconds until the event is due; negative when it is late. */
  readonly waitMs: number;
  /** Event time that is not waited for, before this event; 0 where none was cut. */
  readonly shortenedMs: number;
}

/** Turns event time into wall time at `speed`; a quiet stretch takes a second, whatever the speed. */
export class ReplayPacer {
  readonly #speed: number;
  readonly #clock: Clock;
  #startWallMs: number | null = null;
  #startEventMs = 0;
  #latestEventMs = 0;

  constructor(speed: number, clock: Clock) {
    this.#speed = speed;
    this.#clock = clock;
  }

  paceOf(eventMs: number): Pace {
    const nowMs = this.#clock.now();
    if (this.#startWallMs === null) {
      this.#startWallMs = nowMs;
      this.#startEventMs = eventMs;
      this.#latestEventMs = eventMs;
    }
    const quietMs = eventMs - this.#latestEventMs;
    // At high speeds even a night may pass in less than what it would be shortened to.
    const isCut = quietMs > QUIET_MS && quietMs / this.#speed > SHORTENED_TO_MS;
    const shortenedMs = isCut ? quietMs - SHORTENED_TO_MS * this.#speed : 0;
    this.#startEventMs += shortenedMs;
    this.#latestEventMs = Math.max(this.#latestEventMs, eventMs);
    const dueMs = this.#startWallMs + (eventMs - this.#startEventMs) / this.#speed;
    return { waitMs: dueMs - nowMs, shortenedMs };
  }
}
