import { setTimeout as delay } from 'node:timers/promises';

/** By topic and partition: the next position to be stored. Null while the database cannot be asked. */
export type ReadPositions = () => Promise<ReadonlyMap<string, number> | null>;

const LOOK_EVERY_MS = 100;
/** What was under way when something died may still arrive; it is no sign of recovery. */
const SETTLE_MS = 1_000;

/** Measures the time from a disturbance until every partition's stored position moves again. */
export class RecoveryMeter {
  readonly #readPositions: ReadPositions;
  readonly #isEnded: () => boolean;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #disturbedMs: number | null = null;
  #before: ReadonlyMap<string, number> | null = null;
  #waiters: (() => void)[] = [];
  #longestMs: number | null = null;

  /** `isEnded`: nothing will move any more because everything is stored; such an open measurement is dropped. */
  constructor(readPositions: ReadPositions, isEnded: () => boolean) {
    this.#readPositions = readPositions;
    this.#isEnded = isEnded;
    this.#running = this.#look();
  }

  /** Null when nothing was measured. */
  get longestMs(): number | null {
    return this.#longestMs;
  }

  /** Call it at the moment of the disturbance; one that comes before recovery starts the measurement anew. */
  disturbed(): void {
    this.#disturbedMs = performance.now();
    this.#before = null;
  }

  /** Resolves on recovery, at the end of the feed, or after `patienceMs`; at once when nothing is disturbed. */
  async recovered(patienceMs: number): Promise<void> {
    if (this.#disturbedMs === null) return;
    const patience = new AbortController();
    await Promise.race([
      new Promise<void>((resolve) => this.#waiters.push(resolve)),
      delay(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #look(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await delay(LOOK_EVERY_MS);
      if (this.#disturbedMs === null) continue;
      if (this.#isEnded()) {
        this.#settle();
        continue;
      }
      const disturbedMs = this.#disturbedMs;
      if (performance.now() - disturbedMs < SETTLE_MS) continue;
      const positions = await this.#readPositions();
      if (positions === null || disturbedMs !== this.#disturbedMs) continue;
      if (this.#before === null) {
        this.#before = positions;
      } else if (hasMoved(this.#before, positions)) {
        this.#longestMs = Math.max(this.#longestMs ?? 0, performance.now() - disturbedMs);
        this.#settle();
      }
    }
    this.#settle();
  }

  #settle(): void {
    this.#disturbedMs = null;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

function hasMoved(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): boolean {
  return after.size > 0 && [...before].every(([name, position]) => (after.get(name) ?? 0) > position);
}
