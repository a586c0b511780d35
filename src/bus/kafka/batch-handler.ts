import type { Batch, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Log } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { aborted, pause } from '../../runtime/pause.ts';
import { BUS_BACKOFF } from '../bus-backoff.ts';
import type {
  BadRecord,
  BatchOutcome,
  BusBatch,
  BusRecord,
  ConsumeRequest,
  TopicKind,
  TopicPartition,
} from '../bus.ts';
import { decodeRecord } from '../codec.ts';
import { BatchSlots } from './batch-slots.ts';
import type { PartitionLane, PartitionLanes } from './partition-lane.ts';
import type { PositionBook } from './position-book.ts';

/** The offset that was asked for, which kafkajs keeps on every batch but does not declare. */
interface FetchedBatch extends Batch {
  readonly fetchedOffset: string;
}

interface BatchHandlerOptions {
  readonly topicNames: ReadonlyMap<TopicKind, string>;
  readonly request: ConsumeRequest;
  readonly log: Log;
}

/** What became of a hand-over: the consumer's answer, `gone` if the partition was taken away or all is being closed. */
type HandedOver = BatchOutcome | { readonly kind: 'gone' };

const HEARTBEAT_MS = 1000;
/** More would only stand in line at the database. */
const BATCHES_AT_ONCE = 4;
const COMMIT_EVERY_MS = 1000;
/** A hand-over that takes longer gives its fetch back, which the other partitions wait for. */
const PATIENCE_MS = 2000;
const GONE = { kind: 'gone' } as const;

/** Hands what kafkajs fetched to the consumer in order, one batch at a time for each partition number. */
export class BatchHandler {
  readonly #consumer: Consumer;
  readonly #request: ConsumeRequest;
  readonly #log: Log;
  readonly #positions: PositionBook;
  readonly #lanes: PartitionLanes;
  readonly #closing: AbortSignal;
  readonly #kinds: ReadonlyMap<string, TopicKind>;
  readonly #topicNames: ReadonlyMap<TopicKind, string>;
  readonly #slots = new BatchSlots(BATCHES_AT_ONCE);
  readonly #uncommitted = new Map<string, { topic: string; partition: number; offset: string }>();
  #committedAtMs = 0;

  /** `lanes` outlive this handler, as a hand-over may outlive the member of the group that fetched for it. */
  constructor(
    consumer: Consumer,
    options: BatchHandlerOptions,
    positions: PositionBook,
    lanes: PartitionLanes,
    closing: AbortSignal,
  ) {
    this.#consumer = consumer;
    this.#request = options.request;
    this.#log = options.log;
    this.#topicNames = options.topicNames;
    this.#positions = positions;
    this.#lanes = lanes;
    this.#closing = closing;
    this.#kinds = new Map([...options.topicNames].map(([kind, name]) => [name, kind]));
  }

  /** What kafkajs calls for every batch it fetched; a rejection makes it join the group again. */
  async handle(payload: EachBatchPayload): Promise<void> {
    if (this.#closing.aborted) {
      // Else it would be fetched again and again until the last batch is done.
      this.#pause(payload);
      return;
    }
    const lane = this.#lanes.of(payload.batch.partition);
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    this.#closing.addEventListener('abort', abort);
    // The group must not take a busy member for a dead one; when the group changes, the batch in hand is the last.
    const heart = setInterval(() => void payload.heartbeat().catch(abort), HEARTBEAT_MS);
    try {
      if (!(await lane.enter())) void this.#pauseUntilFree(lane, payload);
      else await this.#work(payload, lane, stop.signal);
      if (!this.#closing.aborted) await payload.heartbeat();
    } finally {
      clearInterval(heart);
      this.#closing.removeEventListener('abort', abort);
    }
  }

  /** kafkajs went past messages that compaction or a transaction had emptied. */
  skipped(topicName: string, partition: number, nextOffset: number): void {
    const topic = this.#kinds.get(topicName);
    if (topic === undefined) return;
    const position = this.#positions.positionOf({ topic, partition });
    if (position !== null && position < nextOffset) this.#positions.move({ topic, partition }, nextOffset);
  }

  /** Tells Kafka's own tools how far this group is; nothing here reads it back. */
  async commit(): Promise<void> {
    if (this.#request.isEphemeral || this.#uncommitted.size === 0) return;
    const offsets = [...this.#uncommitted.values()];
    this.#uncommitted.clear();
    this.#committedAtMs = performance.now();
    try {
      await this.#consumer.commitOffsets(offsets);
    } catch (error) {
      this.#log.debug({ group: this.#request.group, error }, 'committing offsets failed');
    }
  }

  /** Leaves the lane, sooner or later. */
  async #work(payload: EachBatchPayload, lane: PartitionLane, stop: AbortSignal): Promise<void> {
    let isSetAside = false;
    try {
      isSetAside = await this.#handOverAll(payload, lane, stop);
    } finally {
      if (!isSetAside) lane.leave();
    }
    if (performance.now() - this.#committedAtMs >= COMMIT_EVERY_MS) await this.commit();
  }

  /** Answers true when what is in hand was set aside, and the lane with it. */
  async #handOverAll(payload: EachBatchPayload, lane: PartitionLane, stop: AbortSignal): Promise<boolean> {
    const batch = payload.batch as FetchedBatch;
    const topic = this.#kinds.get(batch.topic);
    if (topic === undefined) return false;
    const topicPartition = { topic, partition: batch.partition };
    await Promise.race([this.#positions.ready, aborted(stop)]);
    const { assignment } = this.#positions;
    const isCurrent = (): boolean => !stop.aborted && payload.isRunning() && !payload.isStale() && !assignment.aborted;
    const position = this.#positions.positionOf(topicPartition);
    if (position === null || !isCurrent()) return false;
    if (Number(batch.fetchedOffset) !== position) {
      await this.#relocate(topicPartition, position);
      return false;
    }
    for (let from = 0; from < batch.messages.length && isCurrent(); from += this.#request.maxBatchRecords) {
      const messages = batch.messages.slice(from, from + this.#request.maxBatchRecords);
      const isLast = from + messages.length === batch.messages.length;
      const lastOffset = isLast ? batch.lastOffset() : (messages.at(-1)?.offset ?? batch.lastOffset());
      const busBatch = this.#busBatch(topicPartition, messages, Number(lastOffset) + 1);
      const handOver = this.#handOver(busBatch, stop, assignment);
      const handedOver = await inTime(handOver);
      if (handedOver === null) {
        lane.getStuck();
        void this.#pauseUntilFree(lane, payload);
        void this.#finishAside(busBatch, handOver, assignment).finally(() => lane.leave());
        return true;
      }
      if (!this.#conclude(busBatch, handedOver, assignment)) return false;
      payload.resolveOffset(lastOffset);
    }
    return false;
  }

  /** Tries until it works, the partition is taken away, or all is being closed. */
  async #handOver(batch: BusBatch, stop: AbortSignal, assignment: AbortSignal): Promise<HandedOver> {
    const { topic, partition } = batch;
    const gone = new AbortController();
    const abort = (): void => gone.abort();
    const ends = [stop, assignment, this.#closing];
    for (const end of ends) end.addEventListener('abort', abort);
    if (ends.some((end) => end.aborted)) abort();
    const backoff = new Backoff(BUS_BACKOFF);
    try {
      while (!gone.signal.aborted) {
        try {
          // Waiting for a slot takes as long as the batches before it, and the partition may be another member's by then.
          return await this.#slots.run(async () => (gone.signal.aborted ? GONE : this.#request.onBatch(batch)));
        } catch (error) {
          this.#log.warn({ topic, partition, group: this.#request.group, error }, 'batch refused, trying again');
          await backoff.wait(gone.signal);
        }
      }
      return GONE;
    } finally {
      for (const end of ends) end.removeEventListener('abort', abort);
    }
  }

  /** Answers true when the batch is behind us and the next may follow. */
  #conclude(batch: BusBatch, handedOver: HandedOver, assignment: AbortSignal): boolean {
    if (handedOver.kind === 'gone') return false;
    if (assignment.aborted) {
      if (handedOver.kind === 'done') this.#positions.taken(batch);
      return false;
    }
    if (handedOver.kind === 'seek') {
      this.#seek(batch, handedOver.offset);
      return false;
    }
    this.#positions.move(batch, batch.nextOffset);
    const topic = this.#nameOf(batch);
    const { partition, nextOffset } = batch;
    this.#uncommitted.set(`${topic}/${partition}`, { topic, partition, offset: String(nextOffset) });
    return true;
  }

  /** Only the records in hand are kept meanwhile; the rest of what was fetched is fetched again. */
  async #finishAside(batch: BusBatch, handOver: Promise<HandedOver>, assignment: AbortSignal): Promise<void> {
    const { topic, partition } = batch;
    this.#log.warn({ topic, partition, group: this.#request.group }, 'partition paused until its batch is taken');
    const handedOver = await handOver;
    try {
      if (this.#conclude(batch, handedOver, assignment)) this.#seek(batch, batch.nextOffset);
    } catch (error) {
      this.#log.debug({ topic, partition, error }, 'the consumer ended before its paused batch');
    }
  }

  /** `payload.pause` would keep all that was fetched in memory until it is undone. */
  #pause({ batch: { topic, partition } }: EachBatchPayload): readonly { topic: string; partitions: number[] }[] {
    const paused = [{ topic, partitions: [partition] }];
    this.#consumer.pause(paused);
    return paused;
  }

  async #pauseUntilFree(lane: PartitionLane, payload: EachBatchPayload): Promise<void> {
    const paused = this.#pause(payload);
    await lane.free();
    try {
      this.#consumer.resume([...paused]);
    } catch (error) {
      this.#log.debug({ paused, error }, 'the consumer ended before it was resumed');
    }
  }

  /** The fetch began elsewhere than it should: Kafka's retention overtook this consumer, or a seek was not heeded yet. */
  async #relocate(topicPartition: TopicPartition, position: number): Promise<void> {
    const resumed = await this.#positions.resumeOutside(topicPartition, position);
    this.#seek(topicPartition, resumed ?? position);
  }

  #seek({ topic, partition }: TopicPartition, position: number): void {
    this.#positions.move({ topic, partition }, position);
    this.#consumer.seek({ topic: this.#nameOf({ topic, partition }), partition, offset: String(position) });
  }

  #nameOf({ topic }: TopicPartition): string {
    return this.#topicNames.get(topic) ?? topic;
  }

  #busBatch(topicPartition: TopicPartition, messages: readonly KafkaMessage[], nextOffset: number): BusBatch {
    const { topic, partition } = topicPartition;
    const records: BusRecord[] = [];
    const badRecords: BadRecord[] = [];
    for (const { offset, value } of messages) {
      decodeRecord(topic, Number(offset), value?.toString('utf8') ?? '', records, badRecords);
    }
    const firstOffset = this.#positions.positionOf(topicPartition) ?? nextOffset;
    return { topic, partition, records, badRecords, firstOffset, nextOffset } as BusBatch;
  }
}

/** Null when it takes longer than we are patient. */
async function inTime(handOver: Promise<HandedOver>): Promise<HandedOver | null> {
  const over = new AbortController();
  try {
    return await Promise.race([handOver, pause(PATIENCE_MS, over.signal).then(() => null)]);
  } finally {
    over.abort();
  }
}
