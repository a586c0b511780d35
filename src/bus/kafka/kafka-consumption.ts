import { setMaxListeners } from 'node:events';
import type { Consumer, ConsumerGroupJoinEvent, Kafka } from 'kafkajs';
import type { Log } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { BUS_BACKOFF } from '../bus-backoff.ts';
import type { ConsumeRequest, Consumption, PartitionLag, TopicKind } from '../bus.ts';
import { BatchHandler } from './batch-handler.ts';
import { coPartitionAssigner } from './co-partition-assigner.ts';
import type { KafkaAdmin, Watermarks } from './kafka-admin.ts';
import { kafkaError } from './kafka-error.ts';
import type { KafkaState } from './kafka-state.ts';
import { PartitionLanes } from './partition-lane.ts';
import { PositionBook } from './position-book.ts';
import { within } from './within.ts';

export interface KafkaConsumptionOptions {
  readonly kafka: Kafka;
  readonly admin: KafkaAdmin;
  readonly groupId: string;
  readonly topicNames: ReadonlyMap<TopicKind, string>;
  readonly partitionCount: number;
  readonly request: ConsumeRequest;
  readonly state: KafkaState;
  readonly log: Log;
  onClosed(): void;
}

const SESSION_TIMEOUT_MS = 6000;
// How long the others wait for a member that is busy with a batch when the group changes.
const REBALANCE_TIMEOUT_MS = 30_000;
const HEARTBEAT_INTERVAL_MS = 1500;
const IDLE_FETCH_MS = 500;
const LINGER_BYTES = 65_536;
const PARTITION_BYTES = 1_048_576;
const LEAVE_TIMEOUT_MS = 10_000;
const DELETE_ATTEMPTS = 5;
/** Kafka's code for a group that is not there: nobody ever joined. */
const UNKNOWN_GROUP = 69;

/** One member of one consumer group, replaced by a fresh one with backoff whenever kafkajs gives up on it. */
export class KafkaConsumption implements Consumption {
  readonly #options: KafkaConsumptionOptions;
  readonly #closing = new AbortController();
  readonly #positions: PositionBook;
  readonly #lanes = new PartitionLanes();
  readonly #part: string;
  #running: Promise<void> = Promise.resolve();

  private constructor(options: KafkaConsumptionOptions, watermarks: ReadonlyMap<TopicKind, readonly Watermarks[]>) {
    this.#options = options;
    this.#part = `group ${options.groupId}`;
    // Every batch that waits for its turn listens; Node would take that many for a leak.
    setMaxListeners(0, this.#closing.signal);
    this.#positions = new PositionBook(options.request, watermarks, options.admin, options.topicNames, options.log);
  }

  /** Resolves once the place where partitions without a stored position start is fixed; the group is joined behind that. */
  static async start(options: KafkaConsumptionOptions, signal: AbortSignal): Promise<KafkaConsumption> {
    const backoff = new Backoff(BUS_BACKOFF);
    while (!signal.aborted) {
      try {
        const { topics } = options.request;
        const watermarks = await Promise.all(
          topics.map(async (kind) => {
            const found = await options.admin.watermarks(options.topicNames.get(kind) ?? kind);
            return [kind, found] as const;
          }),
        );
        if (signal.aborted) break;
        const consumption = new KafkaConsumption(options, new Map(watermarks));
        consumption.#running = consumption.#supervise();
        return consumption;
      } catch (cause) {
        options.state.fails(`group ${options.groupId}`, kafkaError(cause));
        await backoff.wait(signal);
      }
    }
    throw new TapedeckError('closed', 'the bus is closed');
  }

  async lag(): Promise<readonly PartitionLag[]> {
    const { admin, topicNames, request } = this.#options;
    const ends = await Promise.all(
      request.topics.map(async (kind) => [kind, await admin.watermarks(topicNames.get(kind) ?? kind)] as const),
    );
    const endOffsets = new Map(ends);
    return this.#positions.owned().map(({ topic, partition, position }) => ({
      topic,
      partition,
      position,
      endOffset: endOffsets.get(topic)?.[partition]?.high ?? position,
    }));
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return this.#running;
    this.#closing.abort();
    await this.#running;
    if (this.#options.request.isEphemeral) await this.#deleteGroup();
    this.#options.state.forget(this.#part);
    this.#options.onClosed();
    return undefined;
  }

  async #supervise(): Promise<void> {
    const backoff = new Backoff(BUS_BACKOFF);
    while (!this.#closing.signal.aborted) {
      try {
        await this.#consumeUntilCrash(backoff);
      } catch (cause) {
        const error = kafkaError(cause);
        this.#options.state.fails(this.#part, error);
        this.#options.log.warn({ group: this.#options.groupId, error }, 'consumer failed, starting another');
        await backoff.wait(this.#closing.signal);
      }
    }
  }

  /** Resolves when closed; rejects with what kafkajs gave up on. */
  async #consumeUntilCrash(backoff: Backoff): Promise<void> {
    const { topicNames, request, state, log, partitionCount } = this.#options;
    const consumer = this.#createConsumer();
    const handler = new BatchHandler(consumer, this.#options, this.#positions, this.#lanes, this.#closing.signal);
    let stopWaiting = (): void => undefined;
    try {
      const ended = new Promise<void>((resolve, reject) => {
        stopWaiting = resolve;
        this.#closing.signal.addEventListener('abort', stopWaiting);
        consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
      });
      // A crash while connecting rejects twice; this one is looked at below or not at all.
      ended.catch(() => undefined);
      consumer.on('consumer.group_join', (event) => this.#joined(event, consumer));
      consumer.on('consumer.fetch', () => {
        backoff.reset();
        state.works(this.#part);
      });
      consumer.on('consumer.end_batch_process', ({ payload }) => {
        if (payload.batchSize === 0) handler.skipped(payload.topic, payload.partition, Number(payload.lastOffset) + 1);
      });
      await consumer.connect();
      const topics = request.topics.map((kind) => topicNames.get(kind) ?? kind);
      await consumer.subscribe({ topics, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        // Batches wait for their turn in the handler: here, those of one slow partition would take every place.
        partitionsConsumedConcurrently: partitionCount * topics.length,
        eachBatch: (payload) => handler.handle(payload),
      });
      await ended;
      await this.#lanes.free(LEAVE_TIMEOUT_MS);
      await handler.commit();
    } finally {
      this.#closing.signal.removeEventListener('abort', stopWaiting);
      this.#positions.unassign();
      await within(LEAVE_TIMEOUT_MS, consumer.disconnect()).catch((error: unknown) => {
        log.debug({ error }, 'disconnecting the consumer failed');
      });
    }
  }

  #createConsumer(): Consumer {
    const { kafka, groupId, request } = this.#options;
    return kafka.consumer({
      groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      partitionAssigners: [coPartitionAssigner],
      allowAutoTopicCreation: false,
      maxBytesPerPartition: PARTITION_BYTES,
      // The broker does the lingering: it answers when enough has come in or the time is up.
      minBytes: request.lingerMs > 0 ? LINGER_BYTES : 1,
      maxWaitTimeInMs: request.lingerMs > 0 ? request.lingerMs : IDLE_FETCH_MS,
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1500, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** kafkajs does not wait for this: the positions are looked up behind it, and every batch waits for them. */
  #joined(event: ConsumerGroupJoinEvent, consumer: Consumer): void {
    const { topicNames, request } = this.#options;
    const owned = request.topics.flatMap((topic) =>
      (event.payload.memberAssignment[topicNames.get(topic) ?? topic] ?? []).map((partition) => ({ topic, partition })),
    );
    this.#positions.assign(owned, this.#closing.signal, ({ topic, partition }, position) => {
      consumer.seek({ topic: topicNames.get(topic) ?? topic, partition, offset: String(position) });
    });
    request.onAssignment?.(owned);
  }

  async #deleteGroup(): Promise<void> {
    const { admin, groupId, log } = this.#options;
    const backoff = new Backoff(BUS_BACKOFF);
    for (let attempt = 0; attempt < DELETE_ATTEMPTS; attempt++) {
      try {
        await admin.run((client) => client.deleteGroups([groupId]));
        return;
      } catch (error) {
        log.debug({ group: groupId, error }, 'deleting the group failed');
        // The broker may not have noticed yet that the last member left; without a broker the group expires by itself.
        if (!isRefused(error)) return;
        await backoff.wait(new AbortController().signal);
      }
    }
  }
}

/** Whether a broker refused to delete a group that it knows, as it does while it takes members to be in it. */
function isRefused(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('groups' in cause && Array.isArray(cause.groups)) {
      return cause.groups.some(({ errorCode }: { errorCode?: unknown }) => errorCode !== UNKNOWN_GROUP);
    }
  }
  return false;
}
