import type { Clock, Log } from '../../market/index.ts';
import { pause } from '../../runtime/pause.ts';
import { isTransientStatus } from './alpaca-failure.ts';
import { Backoff, type BackoffOptions } from '../../runtime/backoff.ts';
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
 * A `fetch` within the budget that waits out 429 and repeats transient failures, a body that breaks off among them. The
 * SDK's own limiter and retries stay off: they know no `X-RateLimit-Reset`, and each of its clients would have its own budget.
 */
export function createPacedFetch(options: PacedFetchOptions): Fetch {
  const { budget, clock, log, maxAttempts, timeoutMs } = options;
  return async (url, init) => {
    const caller = init.signal ?? new AbortController().signal;
    const backoff = new Backoff(options.backoff);
    for (let attempt = 1; ; attempt++) {
      await budget.take(caller);
      let failure: string;
      let waitMs: number;
      try {
        const response = await fetchWhole(url, init, caller, timeoutMs);
        budget.learn(response.headers);
        if (!isTransientStatus(response.status) || attempt >= maxAttempts) return response;
        failure = `HTTP ${response.status}`;
        // By a clock that is ahead of Alpaca's every reset has passed.
        waitMs = Math.max(backoff.nextDelayMs(), statedWaitMs(response, clock) ?? 0);
        // The limit is the account's: it holds for every other request too.
        if (response.status === 429) budget.closeUntil(clock.now() + waitMs);
      } catch (cause) {
        if (caller.aborted || attempt >= maxAttempts) throw cause;
        failure = cause instanceof Error ? cause.message : String(cause);
        waitMs = backoff.nextDelayMs();
      }
      const path = new URL(url).pathname;
      log.warn({ path, failure, attempt, waitMs: Math.round(waitMs) }, 'Alpaca request failed, trying again');
      await pause(waitMs, caller);
    }
  };
}

/** Reads the body too, so that the time limit covers it. */
async function fetchWhole(url: string, init: RequestInit, caller: AbortSignal, timeoutMs: number): Promise<Response> {
  // Not `AbortSignal.any`: on the callers' long-lived signals Node 20 keeps a trace of every request.
  const attempt = new AbortController();
  const onAbort = (): void => attempt.abort(caller.reason);
  if (caller.aborted) onAbort();
  caller.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => attempt.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    const response = await fetch(url, { ...init, signal: attempt.signal });
    const body = await response.text();
    const { status, statusText, headers } = response;
    return new Response(body === '' ? null : body, { status, statusText, headers });
  } finally {
    clearTimeout(timer);
    caller.removeEventListener('abort', onAbort);
  }
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
