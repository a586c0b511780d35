import { pause } from '../../runtime/pause.ts';

/**
 * Lets the batches of one partition number, of all topics, through one at a time. Once the one inside is stuck, those that
 * wait are sent away, and all who come until it has left.
 */
export class PartitionLane {
  readonly #waiting: ((isMyTurn: boolean) => void)[] = [];
  readonly #whenFree: (() => void)[] = [];
  #isTaken = false;
  #isStuck = false;

  /** False for those who are sent away; the others must `leave`. */
  enter(): Promise<boolean> {
    if (this.#isStuck) return Promise.resolve(false);
    if (this.#isTaken) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    return Promise.resolve(true);
  }

  /** Whoever is inside says that it takes long. */
  getStuck(): void {
    this.#isStuck = true;
    for (const sendAway of this.#waiting.splice(0)) sendAway(false);
  }

  leave(): void {
    this.#isStuck = false;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next(true);
      return;
    }
    this.#isTaken = false;
    for (const tell of this.#whenFree.splice(0)) tell();
  }

  /** Resolves when nobody is inside. */
  free(): Promise<void> {
    if (!this.#isTaken) return Promise.resolve();
    return new Promise((resolve) => this.#whenFree.push(resolve));
  }
}

/** One lane for each partition number. */
export class PartitionLanes {
  readonly #lanes = new Map<number, PartitionLane>();

  of(partition: number): PartitionLane {
    const lane = this.#lanes.get(partition) ?? new PartitionLane();
    this.#lanes.set(partition, lane);
    return lane;
  }

  /** Answers false when some are still taken after so long. */
  async free(timeoutMs: number): Promise<boolean> {
    const timeout = new AbortController();
    const all = Promise.all([...this.#lanes.values()].map((lane) => lane.free()));
    try {
      return await Promise.race([all.then(() => true), pause(timeoutMs, timeout.signal).then(() => false)]);
    } finally {
      timeout.abort();
    }
  }
}
