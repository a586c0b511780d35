import type { Admin, Kafka } from 'kafkajs';
import { TapedeckError } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { pause, type Sleep } from '../../runtime/pause.ts';
import { BUS_BACKOFF } from '../bus-backoff.ts';
import { isLeaderless, kafkaError } from './kafka-error.ts';
import { within } from './within.ts';

export interface Watermarks {
  /** Offset of the oldest message kept. */
  readonly low: number;
  /** Next offset to be written. */
  readonly high: number;
}

const WATERMARK_ATTEMPTS = 4;
/** About 16 s: a busy cluster may take so long until the brokers know what they lead, as right after a topic's creation. */
const LEADERLESS_ATTEMPTS = 9;
const CLOSE_TIMEOUT_MS = 2000;

/** The administrative connection: made when needed, thrown away when it fails. Every error is a `TapedeckError`, `closed` in the end. */
export class KafkaAdmin {
  readonly #kafka: Kafka;
  readonly #sleep: Sleep;
  #connected: Promise<Admin> | null = null;
  #isClosed = false;

  constructor(kafka: Kafka, sleep: Sleep = pause) {
    this.#kafka = kafka;
    this.#sleep = sleep;
  }

  async run<T>(operation: (admin: Admin) => Promise<T>): Promise<T> {
    // A late question would open a connection that nobody closes.
    if (this.#isClosed) throw new TapedeckError('closed', 'the bus is closed');
    this.#connected ??= this.#connect();
    const connected = this.#connected;
    try {
      return await operation(await connected);
    } catch (cause) {
      if (this.#connected === connected) this.#connected = null;
      void connected.then(
        (admin) => admin.disconnect().catch(() => undefined),
        () => undefined,
      );
      throw kafkaError(cause);
    }
  }

  /** By partition number. Tried a few times, and longer while the brokers are settling who leads. */
  async watermarks(topicName: string): Promise<readonly Watermarks[]> {
    const backoff = new Backoff(BUS_BACKOFF);
    for (let attempt = 1; ; attempt++) {
      try {
        const offsets = await this.run((admin) => admin.fetchTopicOffsets(topicName));
        return offsets
          .toSorted((a, b) => a.partition - b.partition)
          .map(({ low, high }) => ({ low: Number(low), high: Number(high) }));
      } catch (cause) {
        const error = kafkaError(cause);
        const attempts = isLeaderless(cause) ? LEADERLESS_ATTEMPTS : WATERMARK_ATTEMPTS;
        if (!error.retryable || attempt >= attempts) throw error;
        await this.#sleep(backoff.nextDelayMs(), new AbortController().signal);
      }
    }
  }

  async close(): Promise<void> {
    const connected = this.#connected;
    this.#isClosed = true;
    this.#connected = null;
    if (connected === null) return;
    try {
      await within(
        CLOSE_TIMEOUT_MS,
        connected.then((admin) => admin.disconnect()),
      );
    } catch (cause) {
      throw kafkaError(cause);
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }
}
