const FIRST_MS = 100;
const LONGEST_MS = 5000;

/** Waits 100 ms, 200 ms, ... up to 5 s between the attempts at one thing; `reset` after a success. */
export class Backoff {
  #nextMs = FIRST_MS;

  /** Ends at once when `signal` is aborted; never rejects. */
  async wait(signal: AbortSignal): Promise<void> {
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(waitMs * 2, LONGEST_MS);
    await abortableDelay(waitMs, signal);
  }

  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}

/** Resolves after `delayMs` or when `signal` is aborted, whichever comes first. */
export function abortableDelay(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, delayMs);
    signal.addEventListener('abort', finish);
  });
}
