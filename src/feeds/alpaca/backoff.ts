export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Delays that double from attempt to attempt, each shortened at random by up to half so that clients do not march in step. */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  nextDelayMs(): number {
    const { baseMs, maxMs, random } = this.#options;
    const fullMs = Math.min(maxMs, baseMs * 2 ** this.#attempt++);
    return fullMs * (1 - random() / 2);
  }

  reset(): void {
    this.#attempt = 0;
  }
}
