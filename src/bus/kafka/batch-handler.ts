import type { Batch, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Log } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { aborted } from '../../runtime/pause.ts';
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

const HEARTBEAT_MS = 1000;
/** More would only stand in line at the database. */
const BATCHES_AT_ONCE = 4;
const COMMIT_EVERY_MS = 1000;

/** Hands what kafkajs fetched to the consumer in order, one batch at a time for each partition number. */
export class BatchHandler {
  readonly #consumer: Consumer;
  readonly #request: ConsumeRequest;
  readonly #log: Log;
  readonly #positions: PositionBook;
  readonly #closing: AbortSignal;
  readonly #kinds: ReadonlyMap<string, TopicKind>;
  readonly #topicNames: ReadonlyMap<TopicKind, string>;
  /** By partition number: settles when the batch in hand, of whatever topic, is done. */
  readonly #lanes = new Map<number, Promise<void>>();
  readonly #slots = new BatchSlots(BATCHES_AT_ONCE);
  readonly #uncommitted = new Map<string, { topic: string; partition: number; offset: string }>();
  #committedAtMs = 0;

  constructor(consumer: Consumer, options: BatchHandlerOptions, positions: PositionBook, closing: AbortSignal) {
    this.#consumer = consumer;
    this.#request = options.request;
    this.#log = options.log;
    this.#topicNames = options.topicNames;
    this.#positions = positions;
    this.#closing = closing;
    this.#kinds = new Map([...options.topicNames].map(([kind, name]) => [name, kind]));
  }

  /** What kafkajs calls for every batch it fetched; a rejection makes it join the group again. */
  async handle(payload: EachBatchPayload): Promise<void> {
    const { partition } = payload.batch;
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    this.#closing.addEventListener('abort', abort);
    // The group must not take a busy member for a dead one; when the group changes, the batch in hand is the last.
    const heart = setInterval(() => void payload.heartbeat().catch(abort), HEARTBEAT_MS);
    const before = this.#lanes.get(partition) ?? Promise.resolve();
    const work = before.then(() => this.#slots.run(() => this.#work(payload, stop.signal)));
    this.#lanes.set(
      partition,
      work.catch(() => undefined),
    );
    try {
      await work;
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
      this.#log.debug({ group: this.#request.group, err: error }, 'committing offsets failed');
    }
  }

  async #work(payload: EachBatchPayload, stop: AbortSignal): Promise<void> {
    const batch = payload.batch as FetchedBatch;
    const topic = this.#kinds.get(batch.topic);
    if (topic === undefined) return;
    const topicPartition = { topic, partition: batch.partition };
    await Promise.race([this.#positions.ready, aborted(stop)]);
    const { generation } = this.#positions;
    const isCurrent = (): boolean =>
      !stop.aborted && payload.isRunning() && !payload.isStale() && generation === this.#positions.generation;
    const position = this.#positions.positionOf(topicPartition);
    if (position === null || !isCurrent()) return;
    if (Number(batch.fetchedOffset) !== position) {
      await this.#relocate(topicPartition, position);
      return;
    }
    for (let from = 0; from < batch.messages.length && isCurrent(); from += this.#request.maxBatchRecords) {
      const messages = batch.messages.slice(from, from + this.#request.maxBatchRecords);
      const isLast = from + messages.length === batch.messages.length;
      const lastOffset = isLast ? batch.lastOffset() : (messages.at(-1)?.offset ?? batch.lastOffset());
      const busBatch = this.#busBatch(topicPartition, messages, Number(lastOffset) + 1);
      const outcome = await this.#handOver(busBatch, stop);
      if (outcome === null || generation !== this.#positions.generation) return;
      if (outcome.kind === 'seek') {
        this.#seek(topicPartition, outcome.offset);
        return;
      }
      this.#positions.move(topicPartition, busBatch.nextOffset);
      payload.resolveOffset(lastOffset);
      const offset = String(busBatch.nextOffset);
      this.#uncommitted.set(`${batch.topic}/${batch.partition}`, { ...topicPartition, topic: batch.topic, offset });
    }
    if (performance.now() - this.#committedAtMs >= COMMIT_EVERY_MS) await this.commit();
  }

  /** Null when it did not work before the partition or the consumer was gone. */
  async #handOver(batch: BusBatch, stop: AbortSignal): Promise<BatchOutcome | null> {
    const backoff = new Backoff(BUS_BACKOFF);
    while (!stop.aborted) {
      try {
        return await this.#request.onBatch(batch);
      } catch (error) {
        const { topic, partition } = batch;
        this.#log.warn({ topic, partition, group: this.#request.group, err: error }, 'batch refused, trying again');
        await backoff.wait(stop);
      }
    }
    return null;
  }

  /** The fetch began elsewhere than it should: Kafka's retention overtook this consumer, or a seek was not heeded yet. */
  async #relocate(topicPartition: TopicPartition, position: number): Promise<void> {
    const resumed = await this.#positions.resumeOutside(topicPartition, position);
    this.#seek(topicPartition, resumed ?? position);
  }

  #seek({ topic, partition }: TopicPartition, position: number): void {
    this.#positions.move({ topic, partition }, position);
    this.#consumer.seek({ topic: this.#topicNames.get(topic) ?? topic, partition, offset: String(position) });
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
