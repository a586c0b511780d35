import type { Clock } from '../../market/index.ts';
import { orAborted, type Sleep } from '../../runtime/pause.ts';

const MINUTE_MS = 60_000;
/** A quarter at once and three quarters evenly: never more than the whole limit in any sixty seconds. */
const BURST_SHARE = 0.25;

export interface RequestBudgetOptions {
  readonly perMinute: number;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

/** Token bucket over a limit per minute, corrected by what the provider says is left. */
export class RequestBudget {
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  #perMinute: number;
  #tokens: number;
  #filledMs: number;
  #closedUntilMs = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: RequestBudgetOptions) {
    this.#clock = options.clock;
    this.#sleep = options.sleep;
    this.#perMinute = options.perMinute;
    this.#tokens = this.#burst;
    this.#filledMs = options.clock.now();
  }

  get perMinute(): number {
    return this.#perMinute;
  }

  /** Resolves, first come first served, when one more request may go; rejects on abort. */
  async take(signal: AbortSignal): Promise<void> {
    const turn = this.#turn.then(() => this.#waitForToken(signal));
    this.#turn = turn.catch(() => undefined);
    // Whoever gives up must not stand in line until it is their turn to do so.
    await orAborted(turn, signal);
    signal.throwIfAborted();
  }

  /** Lets nothing through before then, but for at most a minute: more is a clock that disagrees with ours. */
  closeUntil(timeMs: number): void {
    const latestMs = this.#clock.now() + MINUTE_MS;
    this.#closedUntilMs = Math.max(this.#closedUntilMs, Math.min(timeMs, latestMs));
  }

  /** Takes over `X-RateLimit-Limit`, `-Remaining` and `-Reset` (epoch seconds) where they are given. */
  learn(headers: Headers): void {
    const limit = numberOf(headers.get('x-ratelimit-limit'));
    const remaining = numberOf(headers.get('x-ratelimit-remaining'));
    const resetSeconds = numberOf(headers.get('x-ratelimit-reset'));
    if (limit !== null && limit > 0) this.#perMinute = limit;
    if (remaining === null) return;
    this.#tokens = Math.min(this.#tokens, remaining);
    if (remaining <= 0 && resetSeconds !== null) this.closeUntil(resetSeconds * 1000);
  }

  get #burst(): number {
    return Math.max(1, this.#perMinute * BURST_SHARE);
  }

  async #waitForToken(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const waitMs = this.#waitMs();
      if (waitMs <= 0) break;
      await this.#sleep(waitMs, signal);
    }
    this.#tokens--;
  }

  #waitMs(): number {
    const nowMs = this.#clock.now();
    const perMs = (this.#perMinute * (1 - BURST_SHARE)) / MINUTE_MS;
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, nowMs - this.#filledMs) * perMs);
    this.#filledMs = nowMs;
    if (nowMs < this.#closedUntilMs) return Math.ceil(this.#closedUntilMs - nowMs);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / perMs);
  }
}

export function numberOf(text: string | null): number | null {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
