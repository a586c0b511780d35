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
  readonly #settleMs: number;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #problems: string[] = [];
  #disturbedMs: number | null = null;
  /** Whether a problem says already that the open measurement took too long. */
  #isOverdue = false;
  #before: ReadonlyMap<string, number> | null = null;
  #waiters: (() => void)[] = [];
  #longestMs: number | null = null;

  /** `isEnded`: nothing will move any more because everything is stored; such an open measurement is dropped. */
  constructor(readPositions: ReadPositions, isEnded: () => boolean, settleMs = SETTLE_MS) {
    this.#readPositions = readPositions;
    this.#isEnded = isEnded;
    this.#settleMs = settleMs;
    this.#running = this.#look();
  }

  /** Null when nothing was measured. */
  get longestMs(): number | null {
    return this.#longestMs;
  }

  /** Disturbances from which nothing recovered in time, a sentence each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Call it at the moment of the disturbance; one that comes before recovery starts the measurement anew. */
  disturbed(): void {
    this.#disturbedMs = performance.now();
    this.#isOverdue = false;
    this.#before = null;
  }

  /** Resolves on recovery, at the end of the feed, or after `patienceMs`, which is a problem; at once when nothing is disturbed. */
  async recovered(patienceMs: number): Promise<void> {
    if (this.#disturbedMs === null) return;
    const patience = new AbortController();
    const hasSettled = await Promise.race([
      new Promise<boolean>((resolve) => this.#waiters.push(() => resolve(true))),
      delay(patienceMs, false, { signal: patience.signal }).catch(() => false),
    ]);
    patience.abort();
    if (!hasSettled) this.#noteOverdue(`within ${String(patienceMs / 1000)} s`);
  }

  async close(): Promise<void> {
    if (this.#disturbedMs !== null && !this.#isEnded()) this.#noteOverdue('before the end of the run');
    this.#closing.abort();
    await this.#running;
  }

  #noteOverdue(when: string): void {
    if (this.#isOverdue) return;
    this.#isOverdue = true;
    this.#problems.push(`after a disturbance not all stored positions moved again ${when}`);
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
      if (performance.now() - disturbedMs < this.#settleMs) continue;
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
