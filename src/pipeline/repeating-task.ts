import { TapedeckError } from '../market/index.ts';
import { backoffMs } from '../runtime/backoff.ts';

/** Each failure is a line in a log: through an outage of hours what runs many times a second says so this seldom. */
const MAX_BACKOFF_MS = 2_000;

/**
 * Runs one piece of work again and again: never twice at once, and a failure does not end it. Failures in a row double a short
 * interval up to two seconds.
 */
export class RepeatingTask {
  readonly #intervalMs: number;
  readonly #work: () => Promise<void>;
  readonly #onFailure: (error: TapedeckError) => void;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #failures = 0;
  #isAskedAgain = false;
  #isStopped = false;

  constructor(intervalMs: number, work: () => Promise<void>, onFailure: (error: TapedeckError) => void) {
    this.#intervalMs = intervalMs;
    this.#work = work;
    this.#onFailure = onFailure;
    this.#schedule();
  }

  /** Runs now; asked while it runs, it runs once more afterwards. */
  runSoon(): void {
    if (this.#isStopped) return;
    if (this.#running !== null) {
      this.#isAskedAgain = true;
      return;
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#running = this.#runOnce();
  }

  /** Waits for the run in hand. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  async #runOnce(): Promise<void> {
    try {
      await this.#work();
      this.#failures = 0;
    } catch (cause) {
      this.#failures++;
      this.#onFailure(TapedeckError.from(cause));
    }
    this.#running = null;
    if (this.#isStopped) return;
    if (this.#isAskedAgain) {
      this.#isAskedAgain = false;
      this.runSoon();
    } else {
      this.#schedule();
    }
  }

  #schedule(): void {
    const baseMs = this.#intervalMs;
    const pauseMs = backoffMs(this.#failures, { baseMs, maxMs: Math.max(baseMs, MAX_BACKOFF_MS) });
    this.#timer = setTimeout(() => this.runSoon(), pauseMs);
  }
}
