import type { Clock, Log } from '../../market/index.ts';
import { systemSleep } from '../sleep.ts';
import { isTransientStatus } from './alpaca-failure.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { numberOf, type RequestBudget } from './request-budget.ts';

export interface PacedFetchOptions {
  readonly budget: RequestBudget;
  readonly backoff: BackoffOptions;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly log: Log;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * A `fetch` within the budget that waits out 429 and repeats transient failures. The SDK's own limiter and retries stay
 * off: they know no `X-RateLimit-Reset`, and each of its clients would have a budget of its own.
 */
export function createPacedFetch(options: PacedFetchOptions): Fetch {
  const { budget, clock, log, maxAttempts, timeoutMs } = options;
  return async (url, init) => {
    const caller = init.signal ?? new AbortController().signal;
    const backoff = new Backoff(options.backoff);
    for (let attempt = 1; ; attempt++) {
      await budget.take(caller);
      const signal = AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)]);
      let failure: string;
      let waitMs: number;
      try {
        const response = await fetch(url, { ...init, signal });
        budget.learn(response.headers);
        if (!isTransientStatus(response.status) || attempt >= maxAttempts) return response;
        failure = `HTTP ${response.status}`;
        waitMs = statedWaitMs(response, clock) ?? backoff.nextDelayMs();
        // The limit is the account's: it holds for every other request too.
        if (response.status === 429) budget.closeUntil(clock.now() + waitMs);
        await response.body?.cancel();
      } catch (cause) {
        if (caller.aborted || attempt >= maxAttempts) throw cause;
        failure = cause instanceof Error ? cause.message : String(cause);
        waitMs = backoff.nextDelayMs();
      }
      log.warn(
        { path: new URL(url).pathname, failure, attempt, waitMs: Math.round(waitMs) },
        'Alpaca request failed, trying again',
      );
      await systemSleep(waitMs, caller);
    }
  };
}

const LONGEST_WAIT_MS = 60_000;

/** From `Retry-After` (seconds) or `X-RateLimit-Reset` (epoch seconds); null where the answer names neither. */
function statedWaitMs(response: Response, clock: Clock): number | null {
  const retryAfterSeconds = numberOf(response.headers.get('retry-after'));
  if (retryAfterSeconds !== null) return Math.min(Math.max(0, retryAfterSeconds * 1000), LONGEST_WAIT_MS);
  const resetSeconds = response.status === 429 ? numberOf(response.headers.get('x-ratelimit-reset')) : null;
  if (resetSeconds === null) return null;
  return Math.min(Math.max(0, resetSeconds * 1000 - clock.now()), LONGEST_WAIT_MS);
}
