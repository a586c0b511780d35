import type { Kafka } from 'kafkajs';
import type { Log } from '../../market/index.ts';
import { systemClock, TapedeckError } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { BUS_BACKOFF } from '../bus-backoff.ts';
import type { Bus, BusState, ConsumeRequest, Consumption, TopicEvents, TopicKind } from '../bus.ts';
import { KeyPartitioner, topicNames } from '../topics.ts';
import { KafkaAdmin } from './kafka-admin.ts';
import { createKafkaClient } from './kafka-client.ts';
import { KafkaConsumption } from './kafka-consumption.ts';
import { kafkaOpenError } from './kafka-error.ts';
import { checkKafkaOptions, type KafkaBusOptions } from './kafka-options.ts';
import { KafkaPublisher } from './kafka-publisher.ts';
import { KafkaState } from './kafka-state.ts';
import { ensureTopics } from './kafka-topics.ts';
import { fetchTopicIds } from './topic-ids.ts';
import { unlessClosed } from './within.ts';

/**
 * The bus of the bundled and remote stacks. Resolves once a broker has answered and every topic is there; a broker that
 * is away is told to `onState` and tried again until `signal` says otherwise. Throws `bad-config` (options, certificates,
 * partition counts that differ), `unauthorized`, or `closed` when given up.
 */
export async function openKafkaBus(options: KafkaBusOptions): Promise<Bus> {
  checkKafkaOptions(options);
  const names = topicNames({ prefix: options.topicPrefix, barsTopic: options.barsTopic });
  const kafka = createKafkaClient(options);
  const admin = new KafkaAdmin(kafka);
  const state = new KafkaState(`connected to ${options.brokers.join(', ')}`, options.log, options.onState);
  const signal = options.signal ?? new AbortController().signal;
  const backoff = new Backoff(BUS_BACKOFF);
  while (!signal.aborted) {
    try {
      const cluster = await unlessClosed(signal, lookAtCluster(kafka, admin, names, options));
      state.works('start');
      return new KafkaBus({ kafka, admin, names, state, ...cluster, options });
    } catch (cause) {
      const error = kafkaOpenError(cause);
      if (!error.retryable) {
        await admin.close().catch(() => undefined);
        throw error;
      }
      state.fails('start', error);
      await backoff.wait(signal);
    }
  }
  await admin.close().catch(() => undefined);
  throw closed();
}

interface ClusterFacts {
  readonly clusterId: string;
  readonly partitionCount: number;
  /** By name; empty where the broker does not tell. */
  readonly topicIds: ReadonlyMap<string, string>;
}

async function lookAtCluster(
  kafka: Kafka,
  admin: KafkaAdmin,
  names: ReadonlyMap<TopicKind, string>,
  options: KafkaBusOptions,
): Promise<ClusterFacts> {
  const { clusterId } = await admin.run((client) => client.describeCluster());
  const partitionCount = await ensureTopics(admin, names, options.partitionCount, options.log);
  const topicIds = await fetchTopicIds(kafka, [...names.values()]);
  return { clusterId, partitionCount, topicIds };
}

interface KafkaBusParts extends ClusterFacts {
  readonly kafka: Kafka;
  readonly admin: KafkaAdmin;
  readonly names: ReadonlyMap<TopicKind, string>;
  readonly state: KafkaState;
  readonly options: KafkaBusOptions;
}

class KafkaBus implements Bus {
  readonly clusterId: string;
  readonly partitionCount: number;
  readonly isShared = true;
  readonly #parts: KafkaBusParts;
  readonly #log: Log;
  readonly #publisher: KafkaPublisher;
  readonly #consumptions = new Set<KafkaConsumption>();
  readonly #closing = new AbortController();

  constructor(parts: KafkaBusParts) {
    this.#parts = parts;
    this.clusterId = parts.clusterId;
    this.partitionCount = parts.partitionCount;
    this.#log = parts.options.log;
    const partitioner = new KeyPartitioner(parts.partitionCount);
    this.#publisher = new KafkaPublisher(
      parts.kafka,
      parts.names,
      partitioner,
      parts.state,
      parts.options.clock ?? systemClock,
      this.#log,
    );
  }

  /** A topic made anew while this bus is open has outlived its positions by their offsets, which tell it too. */
  logIdOf(topic: TopicKind): string {
    const id = this.#parts.topicIds.get(this.#parts.names.get(topic) ?? topic);
    return id === undefined ? this.clusterId : `${this.clusterId}/${id}`;
  }

  get state(): BusState {
    return this.#parts.state.current;
  }

  async publish<K extends TopicKind>(topic: K, events: readonly TopicEvents[K][]): Promise<void> {
    if (this.#closing.signal.aborted) throw closed();
    if (events.length > 0) await this.#publisher.publish(topic, events);
  }

  async consume(request: ConsumeRequest): Promise<Consumption> {
    if (this.#closing.signal.aborted) throw closed();
    const { kafka, admin, names, state, options } = this.#parts;
    const consumption = await KafkaConsumption.start(
      {
        kafka,
        admin,
        groupId: `${options.groupPrefix}-${request.group}`,
        topicNames: names,
        partitionCount: this.partitionCount,
        request,
        state,
        log: this.#log,
        onClosed: () => this.#consumptions.delete(consumption),
      },
      this.#closing.signal,
    );
    this.#consumptions.add(consumption);
    return consumption;
  }

  async endOffsets(topic: TopicKind): Promise<readonly number[]> {
    const { admin, names } = this.#parts;
    return (await admin.watermarks(names.get(topic) ?? topic)).map(({ high }) => high);
  }

  /** Kafka keeps what its own retention says. */
  release(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await Promise.all([...this.#consumptions].map((consumption) => consumption.close()));
    await this.#publisher.close();
    await this.#parts.admin.close().catch((error: unknown) => this.#log.debug({ error }, 'disconnect failed'));
    this.#parts.state.close();
  }
}

function closed(): TapedeckError {
  return new TapedeckError('closed', 'the bus is closed');
}
