import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { pause } from '../../runtime/pause.ts';
import { BUS_BACKOFF } from '../bus-backoff.ts';
import type { BusBatch, ConsumeRequest, Consumption, PartitionLag, TopicKind, TopicPartition } from '../bus.ts';
import type { PartitionLog } from './partition-log.ts';

/** One partition of one topic as this consumer sees it. */
interface Source {
  readonly topicPartition: TopicPartition;
  readonly log: PartitionLog<TopicKind>;
  /** Where it starts without a stored position; fixed when the consumer began. */
  readonly startOffset: number;
  /** When the consumer began: a position stored beyond it is one of a log that has lost its end, whatever has been written since. */
  readonly endOffset: number;
  /** Null until the stored position was asked for. */
  position: number | null;
}

/** Reads all partitions, those of one number in turn. It holds nothing but the batch in hand: what is not asked for stays in the log. */
export class LogConsumption implements Consumption {
  readonly #request: ConsumeRequest;
  readonly #log: Log;
  readonly #lanes: readonly (readonly Source[])[];
  readonly #closing = new AbortController();
  readonly #onClosed: () => void;
  #running: Promise<void> = Promise.resolve();

  constructor(
    request: ConsumeRequest,
    logs: ReadonlyMap<TopicKind, readonly PartitionLog<TopicKind>[]>,
    log: Log,
    onClosed: () => void,
  ) {
    this.#request = request;
    this.#log = log;
    this.#onClosed = onClosed;
    const partitionCount = logs.get('trades')?.length ?? 0;
    this.#lanes = Array.from({ length: partitionCount }, (_, partition) =>
      request.topics.flatMap((topic) => {
        const partitionLog = logs.get(topic)?.[partition];
        if (partitionLog === undefined) return [];
        const startOffset = request.startAt === 'latest' ? partitionLog.endOffset : partitionLog.startOffset;
        const { endOffset } = partitionLog;
        return [{ topicPartition: { topic, partition }, log: partitionLog, startOffset, endOffset, position: null }];
      }),
    );
  }

  start(): void {
    this.#request.onAssignment?.(this.#lanes.flat().map((source) => source.topicPartition));
    this.#running = Promise.all(this.#lanes.map((lane) => this.#runLane(lane))).then(() => undefined);
  }

  lag(): Promise<readonly PartitionLag[]> {
    const lags = this.#lanes.flat().map(({ topicPartition, log, startOffset, position }) => ({
      ...topicPartition,
      position: position ?? startOffset,
      endOffset: log.endOffset,
    }));
    return Promise.resolve(lags);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    this.#onClosed();
  }

  async #runLane(lane: readonly Source[]): Promise<void> {
    const bell = new Bell(this.#closing.signal);
    const unsubscribes = lane.map((source) => source.log.onAppend(() => bell.ring()));
    try {
      for (const source of lane) await this.#findPosition(source);
      while (!this.#closing.signal.aborted) {
        if (!lane.some((source) => waiting(source) > 0)) {
          await bell.wait();
          continue;
        }
        await this.#linger(lane, bell);
        for (const source of lane) {
          if (!this.#closing.signal.aborted && waiting(source) > 0) await this.#handOver(source);
        }
      }
    } finally {
      for (const unsubscribe of unsubscribes) unsubscribe();
      bell.remove();
    }
  }

  /** Lets a batch grow for up to `lingerMs`, unless one is full already. */
  async #linger(lane: readonly Source[], bell: Bell): Promise<void> {
    const { lingerMs, maxBatchRecords } = this.#request;
    const isFull = (): boolean => lane.some((source) => waiting(source) >= maxBatchRecords);
    if (lingerMs <= 0 || isFull()) return;
    const enough = new AbortController();
    const elapsed = pause(lingerMs, enough.signal).then(() => enough.abort());
    while (!enough.signal.aborted && !isFull() && !this.#closing.signal.aborted) {
      await Promise.race([elapsed, bell.wait()]);
    }
    enough.abort();
  }

  async #findPosition(source: Source): Promise<void> {
    const { topicPartition, log, startOffset, endOffset } = source;
    const stored = await this.#untilItWorks(topicPartition, () => this.#request.loadPosition(topicPartition));
    if (stored === undefined) return;
    if (stored === null) {
      source.position = startOffset;
    } else if (stored < log.startOffset || stored > endOffset) {
      this.#resume(source, stored, stored < log.startOffset ? log.startOffset : endOffset);
    } else {
      source.position = stored;
    }
  }

  #resume(source: Source, stored: number, resumedAt: number): void {
    source.position = resumedAt;
    this.#log.warn({ ...source.topicPartition, stored, resumedAt }, 'position outside the log');
    this.#request.onPositionOutsideLog?.(source.topicPartition, stored, resumedAt);
  }

  async #handOver(source: Source): Promise<void> {
    const { topicPartition, log } = source;
    await this.#untilItWorks(topicPartition, async () => {
      const firstOffset = source.position ?? source.startOffset;
      const read = await log.read(firstOffset, this.#request.maxBatchRecords);
      if (read.kind === 'outside') {
        this.#resume(source, firstOffset, read.resumeAt);
        return;
      }
      const { records, badRecords, nextOffset } = read;
      const batch = { ...topicPartition, records, badRecords, firstOffset, nextOffset } as BusBatch;
      const outcome = await this.#request.onBatch(batch);
      source.position = outcome.kind === 'seek' ? outcome.offset : nextOffset;
      // What is in memory is read and given back without a turn of the event loop: nothing else would ever happen.
      if (outcome.kind === 'seek') await nextTurn();
    });
  }

  /** Undefined when the consumer was closed before it worked. */
  async #untilItWorks<T>(topicPartition: TopicPartition, attempt: () => Promise<T>): Promise<T | undefined> {
    const backoff = new Backoff(BUS_BACKOFF);
    while (!this.#closing.signal.aborted) {
      try {
        return await attempt();
      } catch (error) {
        this.#log.warn({ ...topicPartition, group: this.#request.group, error }, 'batch refused, trying again');
        await backoff.wait(this.#closing.signal);
      }
    }
    return undefined;
  }
}

function waiting(source: Source): number {
  // A position before the start of the log is found out, and told, by reading there.
  return source.log.endOffset - (source.position ?? source.startOffset);
}

/** Wakes one waiter; rung while nobody waits, it is remembered. */
class Bell {
  readonly #signal: AbortSignal;
  #isRung = false;
  #wake: (() => void) | null = null;
  readonly ring = (): void => {
    this.#isRung = true;
    this.#wake?.();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.ring);
  }

  async wait(): Promise<void> {
    if (!this.#isRung && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    this.#isRung = false;
  }

  remove(): void {
    this.#signal.removeEventListener('abort', this.ring);
  }
}
