import type { Kafka, Message, Producer } from 'kafkajs';
import type { Clock, DeadLetter, Log } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { BUS_BACKOFF } from '../bus-backoff.ts';
import type { TopicEvents, TopicKind } from '../bus.ts';
import { encodeEvent } from '../codec.ts';
import { encodeEvents } from '../encoded-events.ts';
import { keyOf, type KeyPartitioner } from '../topics.ts';
import { kafkaError } from './kafka-error.ts';
import type { KafkaState } from './kafka-state.ts';
import { halvesOf, messageBytes, type PublishRequest, requestBytes, unacknowledged } from './publish-request.ts';
import { routedMessages } from './routed-messages.ts';
import { unlessClosed, within } from './within.ts';

/** One call of `publish`; its messages go out in order, perhaps in several requests. */
interface Job {
  readonly topic: string;
  readonly messages: readonly Message[];
  sent: number;
  resolve(): void;
  reject(error: TapedeckError): void;
}

// A broker refuses more than 1 MiB for one partition by default; in the worst case all of a request is for one.
const MAX_REQUEST_BYTES = 800_000;
const MAX_REQUEST_MESSAGES = 5000;
/** A dead letter must fit where its message did not; the second length is for a topic that takes even less. */
const DEAD_LETTER_CHARACTERS = [65_536, 256] as const;
/** Callers wait for their acknowledgements; whoever does not must not fill the memory while the broker is away. */
const MAX_QUEUED_CHARACTERS = 67_108_864;
const CLOSE_GRACE_MS = 5000;
const PART = 'publisher';

/**
 * Publishes with one request in flight, so that order holds whatever fails; what arrives meanwhile goes into the next
 * request together. Retries for ever; a repeat that a lost answer causes is left to the idempotent producer, and where
 * that had to be replaced, to the store. Where the broker takes less than was sent, requests become smaller; a message that
 * is too large by itself becomes a dead letter, because repeating it would hold up all that follow.
 */
export class KafkaPublisher {
  readonly #kafka: Kafka;
  readonly #topicNames: ReadonlyMap<TopicKind, string>;
  readonly #partitioner: KeyPartitioner;
  readonly #state: KafkaState;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff(BUS_BACKOFF);
  readonly #queue: Job[] = [];
  #queuedCharacters = 0;
  #sending: Promise<void> | null = null;
  #producer: Producer | null = null;
  #maxRequestBytes = MAX_REQUEST_BYTES;

  constructor(
    kafka: Kafka,
    topicNames: ReadonlyMap<TopicKind, string>,
    partitioner: KeyPartitioner,
    state: KafkaState,
    clock: Clock,
    log: Log,
  ) {
    this.#kafka = kafka;
    this.#topicNames = topicNames;
    this.#partitioner = partitioner;
    this.#state = state;
    this.#clock = clock;
    this.#log = log;
  }

  publish<K extends TopicKind>(kind: K, events: readonly TopicEvents[K][]): Promise<void> {
    const topic = this.#topicNames.get(kind) ?? kind;
    const encoded = encodeEvents(kind, events, () => this.#clock.now());
    const messages = encoded.events.map((event, at) => {
      const key = keyOf(kind, event);
      return { key, value: encoded.texts[at] ?? '', partition: this.#partitioner.partitionOf(key) };
    });
    const { letters } = encoded;
    if (letters.length === 0) return this.#enqueue(topic, messages);
    this.#log.error({ topic, count: letters.length, reason: letters[0]?.reason }, 'events that cannot be published');
    const sent = [this.#enqueue(topic, messages), this.publish('dead-letters', letters)];
    return Promise.all(sent).then(() => undefined);
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
    await within(CLOSE_GRACE_MS, this.#dropProducer()).catch((error: unknown) => {
      this.#log.debug({ error }, 'the producer is left to its timeouts');
    });
  }

  #enqueue(topic: string, messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    if (this.#queuedCharacters >= MAX_QUEUED_CHARACTERS) {
      const message = `messages of ${this.#queuedCharacters} characters are waiting for Kafka already`;
      return Promise.reject(new TapedeckError('throttled', message, { retryable: true }));
    }
    let characters = 0;
    for (const { value } of messages) characters += value?.length ?? 0;
    this.#queuedCharacters += characters;
    return new Promise<void>((resolve, reject) => {
      this.#queue.push({ topic, messages, sent: 0, resolve, reject });
      this.#sending ??= this.#sendAll();
    }).finally(() => {
      this.#queuedCharacters -= characters;
    });
  }

  async #sendAll(): Promise<void> {
    // Everything published before this turn of the event loop ends goes into the same request.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#closing.signal.aborted) {
      const { request, finished } = this.#nextRequest();
      try {
        await this.#sendInParts(request);
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
  #nextRequest(): { readonly request: PublishRequest; readonly finished: readonly Job[] } {
    const request = new Map<string, Message[]>();
    const finished: Job[] = [];
    let count = 0;
    let bytes = 0;
    for (let job = this.#queue[0]; job !== undefined; job = this.#queue[0]) {
      for (let message = job.messages[job.sent]; message !== undefined; message = job.messages[job.sent]) {
        bytes += messageBytes(message);
        if (count > 0 && (bytes > this.#maxRequestBytes || count === MAX_REQUEST_MESSAGES))
          return { request, finished };
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

  /** Halves what the broker finds too large until it takes it; throws `closed` only. */
  async #sendInParts(request: PublishRequest): Promise<void> {
    const waiting = [request];
    let largestBytes = 0;
    let isLimitLower = false;
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      try {
        await this.#sendUntilAcknowledged(part);
        largestBytes = Math.max(largestBytes, requestBytes(part));
      } catch (cause) {
        const error = kafkaError(cause);
        if (error.code !== 'bad-message') throw error;
        const halves = halvesOf(part);
        isLimitLower = halves !== null;
        if (halves === null) await this.#buryMessage(part, error);
        else waiting.unshift(...halves);
      }
    }
    // Where one message was to blame, the rest may go on in large requests.
    if (isLimitLower) this.#lowerLimit(largestBytes);
  }

  #lowerLimit(bytes: number): void {
    this.#maxRequestBytes = Math.min(this.#maxRequestBytes, bytes);
    this.#log.warn({ bytes: this.#maxRequestBytes }, 'Kafka takes only small requests; see max.message.bytes');
  }

  /** A single message that is too large goes to the dead letters instead, as much of it as fits there. */
  async #buryMessage(request: PublishRequest, error: TapedeckError): Promise<void> {
    const [[topic, [message]] = ['', []]] = request;
    const payload = String(message?.value ?? '');
    const deadLetters = this.#topicNames.get('dead-letters') ?? 'dead-letters';
    this.#log.error({ topic, bytes: requestBytes(request), reason: error.message }, 'a message is too large for Kafka');
    if (topic === deadLetters) return;
    const kind = [...this.#topicNames].find(([, name]) => name === topic)?.[0] ?? topic;
    for (const characters of DEAD_LETTER_CHARACTERS) {
      const letter: DeadLetter = {
        origin: kind,
        topic: kind,
        partition: null,
        position: null,
        reason: error.userMessage,
        payload: payload.slice(0, characters),
        timeMs: this.#clock.now(),
      };
      const key = keyOf('dead-letters', letter);
      const value = encodeEvent('dead-letters', letter);
      const partition = this.#partitioner.partitionOf(key);
      try {
        await this.#sendUntilAcknowledged(new Map([[deadLetters, [{ key, value, partition }]]]));
        return;
      } catch (cause) {
        if (kafkaError(cause).code !== 'bad-message') throw cause;
      }
    }
  }

  /** Throws `bad-message` for what the broker finds too large, and `closed`. */
  async #sendUntilAcknowledged(request: PublishRequest): Promise<void> {
    let missing = request;
    const closing = this.#closing.signal;
    while (!closing.aborted) {
      try {
        const producer = await unlessClosed(closing, this.#connectedProducer());
        const topicMessages = [...missing].map(([topic, messages]) => ({ topic, messages: routedMessages(messages) }));
        const answers = await unlessClosed(closing, producer.sendBatch({ acks: -1, topicMessages }));
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
        if (error.code === 'closed') throw error;
        await this.#dropProducer();
        if (error.code === 'bad-message') throw error;
        this.#state.fails(PART, error);
        this.#log.warn({ error }, 'publish failed, trying again');
        await this.#backoff.wait(closing);
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
      if (this.#closing.signal.aborted) throw new TapedeckError('closed', 'the bus is closed');
    } catch (cause) {
      await producer.disconnect().catch((error: unknown) => this.#log.debug({ error }, 'disconnect failed'));
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
      this.#log.debug({ error }, 'disconnecting the producer failed');
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
