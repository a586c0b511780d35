import type { Kafka, Message, Producer, RecordMetadata } from 'kafkajs';
import type { Log } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { Backoff } from '../backoff.ts';
import type { TopicEvents, TopicKind } from '../bus.ts';
import { encodeEvent } from '../codec.ts';
import { keyOf, type KeyPartitioner } from '../topics.ts';
import { kafkaError } from './kafka-error.ts';
import type { KafkaState } from './kafka-state.ts';
import { routedMessages } from './routed-messages.ts';

/** One call of `publish`; its messages go out in order, perhaps in several requests. */
interface Job {
  readonly topic: string;
  readonly messages: readonly Message[];
  sent: number;
  resolve(): void;
  reject(error: TapedeckError): void;
}

type MessagesByTopic = Map<string, Message[]>;

// A broker refuses more than 1 MiB for one partition by default; in the worst case all of a request is for one.
const MAX_REQUEST_BYTES = 800_000;
const MAX_REQUEST_MESSAGES = 5000;
const CLOSE_GRACE_MS = 5000;
const PART = 'publisher';

/**
 * Publishes with one request in flight, so that order holds whatever fails; what arrives meanwhile goes into the next
 * request together. Retries for ever; a repeat that a lost answer causes is left to the idempotent producer, and where
 * that had to be replaced, to the store.
 */
export class KafkaPublisher {
  readonly #kafka: Kafka;
  readonly #topicNames: ReadonlyMap<TopicKind, string>;
  readonly #partitioner: KeyPartitioner;
  readonly #state: KafkaState;
  readonly #log: Log;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff();
  readonly #queue: Job[] = [];
  #sending: Promise<void> | null = null;
  #producer: Producer | null = null;

  constructor(
    kafka: Kafka,
    topicNames: ReadonlyMap<TopicKind, string>,
    partitioner: KeyPartitioner,
    state: KafkaState,
    log: Log,
  ) {
    this.#kafka = kafka;
    this.#topicNames = topicNames;
    this.#partitioner = partitioner;
    this.#state = state;
    this.#log = log;
  }

  publish<K extends TopicKind>(kind: K, events: readonly TopicEvents[K][]): Promise<void> {
    const messages = events.map((event) => {
      const key = keyOf(kind, event);
      return { key, value: encodeEvent(kind, event), partition: this.#partitioner.partitionOf(key) };
    });
    return new Promise((resolve, reject) => {
      this.#queue.push({ topic: this.#topicNames.get(kind) ?? kind, messages, sent: 0, resolve, reject });
      this.#sending ??= this.#sendAll();
    });
  }

  /** Lets a working connection finish what is queued, for a few seconds; rejects the rest with `closed`. */
  async close(): Promise<void> {
    const sending = this.#sending;
    if (sending !== null) {
      if (!this.#state.current.isConnected) this.#closing.abort();
      const grace = setTimeout(() => this.#closing.abort(), CLOSE_GRACE_MS);
      await sending;
      clearTimeout(grace);
    }
    this.#closing.abort();
    await this.#dropProducer();
  }

  async #sendAll(): Promise<void> {
    // Everything published before this turn of the event loop ends goes into the same request.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#closing.signal.aborted) {
      const { request, finished } = this.#nextRequest();
      try {
        await this.#sendUntilAcknowledged(request);
        for (const job of finished) job.resolve();
      } catch (cause) {
        const error = kafkaError(cause);
        for (const job of finished) job.reject(error);
        this.#rejectUnfinished(error);
      }
    }
    this.#sending = null;
    for (const job of this.#queue.splice(0)) job.reject(new TapedeckError('closed', 'the bus is closed'));
  }

  /** Messages of the oldest jobs, up to the size of one request, and the jobs that end with it. */
  #nextRequest(): { readonly request: MessagesByTopic; readonly finished: readonly Job[] } {
    const request: MessagesByTopic = new Map();
    const finished: Job[] = [];
    let count = 0;
    let bytes = 0;
    for (let job = this.#queue[0]; job !== undefined; job = this.#queue[0]) {
      for (let message = job.messages[job.sent]; message !== undefined; message = job.messages[job.sent]) {
        bytes += Buffer.byteLength(message.value ?? '');
        if (count > 0 && (bytes > MAX_REQUEST_BYTES || count === MAX_REQUEST_MESSAGES)) return { request, finished };
        const messages = request.get(job.topic);
        if (messages === undefined) request.set(job.topic, [message]);
        else messages.push(message);
        job.sent++;
        count++;
      }
      finished.push(job);
      this.#queue.shift();
    }
    return { request, finished };
  }

  /** Throws only what no repetition can cure, and `closed`. */
  async #sendUntilAcknowledged(request: MessagesByTopic): Promise<void> {
    let missing = request;
    while (!this.#closing.signal.aborted) {
      try {
        const producer = await this.#connectedProducer();
        const topicMessages = [...missing].map(([topic, messages]) => ({ topic, messages: routedMessages(messages) }));
        const answers = await producer.sendBatch({ acks: -1, topicMessages });
        // kafkajs can report success although a partition whose leader moved was never sent.
        missing = unacknowledged(missing, answers);
        if (missing.size === 0) {
          this.#backoff.reset();
          this.#state.works(PART);
          return;
        }
        throw new TapedeckError('connection-lost', 'Kafka did not acknowledge every partition', { retryable: true });
      } catch (cause) {
        const error = kafkaError(cause);
        await this.#dropProducer();
        if (error.code === 'bad-message') throw error;
        this.#state.fails(PART, error);
        this.#log.warn({ err: error }, 'publish failed, trying again');
        await this.#backoff.wait(this.#closing.signal);
      }
    }
    throw new TapedeckError('closed', 'the bus is closed');
  }

  /** A producer whose idempotent start failed would send without sequence numbers: only a whole one is kept. */
  async #connectedProducer(): Promise<Producer> {
    if (this.#producer !== null) return this.#producer;
    const producer = this.#kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
    try {
      await producer.connect();
    } catch (cause) {
      await producer.disconnect().catch((error: unknown) => this.#log.debug({ err: error }, 'disconnect failed'));
      throw cause;
    }
    this.#producer = producer;
    return producer;
  }

  async #dropProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    try {
      await producer?.disconnect();
    } catch (error) {
      this.#log.debug({ err: error }, 'disconnecting the producer failed');
    }
  }

  /** A job of which a part was refused for good is refused as a whole. */
  #rejectUnfinished(error: TapedeckError): void {
    const job = this.#queue[0];
    if (job === undefined || job.sent === 0) return;
    this.#queue.shift();
    job.reject(error);
  }
}

function unacknowledged(request: MessagesByTopic, answers: readonly RecordMetadata[]): MessagesByTopic {
  const acknowledged = new Set<string>();
  for (const { topicName, partition, errorCode, baseOffset } of answers) {
    if (errorCode === 0 && Number(baseOffset ?? -1) >= 0) acknowledged.add(`${topicName}/${partition}`);
  }
  const missing: MessagesByTopic = new Map();
  for (const [topic, messages] of request) {
    const rest = messages.filter(({ partition }) => !acknowledged.has(`${topic}/${partition}`));
    if (rest.length > 0) missing.set(topic, rest);
  }
  return missing;
}
