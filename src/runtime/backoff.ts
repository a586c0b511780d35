import { pause } from './pause.ts';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** Uniform in [0, 1): shortens each delay by up to half, so that clients do not march in step. */
  readonly random?: () => number;
}

/** Doubles from `baseMs` with each attempt, the first being 0, up to `maxMs`. */
export function backoffMs(attempt: number, { baseMs, maxMs, random }: BackoffOptions): number {
  const fullMs = Math.min(maxMs, baseMs * 2 ** attempt);
  return random === undefined ? fullMs : fullMs * (1 - random() / 2);
}

/** The delays between the attempts at one thing; `reset` after a success. */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  nextDelayMs(): number {
    return backoffMs(this.#attempt++, this.#options);
  }

  /** Answers false, at once, when the signal aborts. */
  wait(signal: AbortSignal): Promise<boolean> {
    return pause(this.nextDelayMs(), signal);
  }

  reset(): void {
    this.#attempt = 0;
  }
}
