import { pause } from '../runtime/pause.ts';
import type { Role } from './pipeline.ts';

/** Less than what the log keeps decoded in memory, so that readers of this process need not decode it again. */
const MAX_AHEAD = 30_000;
const WAIT_STEP_MS = 2;
/** Another process may be reading the rest: then waiting longer would be waiting for ever. */
const LONGEST_WAIT_MS = 100;

/**
 * Keeps a source that could be read at any speed, a file, from running far ahead of the roles of this process. It slows
 * down and never stops. Live data is not held up: what is not taken from a live feed is lost.
 */
export class FlowControl {
  readonly #consumed = new Map<Role, number>();
  #published = 0;

  /** `roles` are those of this process that read trades. */
  constructor(roles: readonly Role[]) {
    for (const role of roles) this.#consumed.set(role, 0);
  }

  published(trades: number): void {
    this.#published += trades;
  }

  consumed(role: Role, trades: number): void {
    const before = this.#consumed.get(role);
    if (before !== undefined) this.#consumed.set(role, before + trades);
  }

  /** Resolves when there is room, or it was waited for long enough. */
  async room(signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS && this.#ahead() > MAX_AHEAD; waitedMs += WAIT_STEP_MS) {
      if (!(await pause(WAIT_STEP_MS, signal))) return;
    }
  }

  #ahead(): number {
    let slowest = this.#published;
    for (const consumed of this.#consumed.values()) slowest = Math.min(slowest, consumed);
    return this.#published - slowest;
  }
}
