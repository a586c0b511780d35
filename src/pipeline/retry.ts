import { TapedeckError } from '../market/index.ts';
import { backoffMs } from '../runtime/backoff.ts';
import type { BackoffOptions } from '../runtime/backoff.ts';
import { pause } from '../runtime/pause.ts';

const PIPELINE_BACKOFF: BackoffOptions = { baseMs: 250, maxMs: 15_000 };

/** Doubling delays from 250 ms to 15 s. */
export function backoffDelayMs(attempt: number): number {
  return backoffMs(attempt, PIPELINE_BACKOFF);
}

export interface RetryRequest<T> {
  readonly work: () => Promise<T>;
  readonly signal: AbortSignal;
  readonly onFailure: (error: TapedeckError, attempt: number) => void;
}

/**
 * Repeats `work` with backoff until it succeeds. Throws an error that is not retryable at once, and the last one when the
 * signal aborts.
 */
export async function retry<T>(request: RetryRequest<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await request.work();
    } catch (cause) {
      const error = TapedeckError.from(cause);
      request.onFailure(error, attempt);
      if (!error.retryable || !(await pause(backoffDelayMs(attempt), request.signal))) throw error;
    }
  }
}
