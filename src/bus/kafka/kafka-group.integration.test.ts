import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog, type Trade } from '../../market/index.ts';
import { SAMPLE_EVENTS, sampleTrades } from '../../testing/bus-events.ts';
import { startKafkaBroker } from '../../testing/kafka-broker.ts';
import { nameOf } from '../../testing/bus-reader.ts';
import { SharedStore } from '../../testing/bus-shared-store.ts';
import type { Bus, BusState, TopicPartition } from '../bus.ts';
import { openKafkaBus } from './kafka-bus.ts';
import type { KafkaBusOptions } from './kafka-options.ts';

const brokers = process.env['TAPEDECK_TEST_KAFKA']?.split(',') ?? [];
const jarsDirectory = process.env['KAFKA_JARS'];
const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'TSLA', 'AMZN', 'GOOG', 'META', 'AMD'];

let prefix = '';
const opened: Bus[] = [];

beforeEach(() => {
  prefix = `test-${randomUUID()}`;
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

async function openBus(options: Partial<KafkaBusOptions> = {}): Promise<Bus> {
  const bus = await openKafkaBus({
    brokers,
    clientId: 'test',
    groupPrefix: prefix,
    topicPrefix: prefix,
    barsTopic: null,
    log: silentLog,
    ...options,
  });
  opened.push(bus);
  return bus;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not within a minute: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A fresh topic is not known to every part of the broker at once. */
async function untilItWorks(operation: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await operation();
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function publishRound(bus: Bus, round: number): Promise<void> {
  await bus.publish(
    'trades',
    SYMBOLS.flatMap((symbol) => sampleTrades(5, symbol, round * 5)),
  );
}

describe.skipIf(brokers.length === 0)('the bus on Kafka (needs TAPEDECK_TEST_KAFKA)', () => {
  let admin: Admin;

  beforeAll(async () => {
    admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });

  afterAll(async () => {
    await admin.disconnect();
  });

  it('makes eight partitions of every topic, compacts the control topic and names bars as told', async () => {
    const bus = await openBus({ barsTopic: `${prefix}-my.prices` });
    expect(bus.partitionCount).toBe(8);
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    expect(topics).toContain(`${prefix}-my.prices`);
    expect(topics).not.toContain(`${prefix}-bars`);
    const metadata = await admin.fetchTopicMetadata({ topics });
    expect(new Set(metadata.topics.map((topic) => topic.partitions.length))).toEqual(new Set([8]));
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: `${prefix}-control`, configNames: ['cleanup.policy'] }],
    });
    expect(resources[0]?.configEntries[0]?.configValue).toBe('compact');
  });

  it('takes over the number of partitions that is there, and refuses topics that differ', async () => {
    await admin.createTopics({ topics: [{ topic: `${prefix}-trades`, numPartitions: 3 }], waitForLeaders: false });
    await untilItWorks(() => admin.fetchTopicMetadata({ topics: [`${prefix}-trades`] }));
    const bus = await openBus();
    expect(bus.partitionCount).toBe(3);
    await expect(openBus({ partitionCount: 4 })).rejects.toMatchObject({ code: 'bad-config' });
    await admin.createPartitions({ topicPartitions: [{ topic: `${prefix}-quotes`, count: 5 }] });
    await untilItWorks(async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [`${prefix}-quotes`] });
      expect(topics[0]?.partitions).toHaveLength(5);
    });
    await expect(openBus()).rejects.toMatchObject({
      code: 'bad-config',
      userMessage: expect.stringContaining(`${prefix}-quotes: 5`) as string,
    });
  });

  it('keeps the partition numbers of all topics together and loses nothing while members come and go', async () => {
    const store = new SharedStore();
    const owned = new Map<string, readonly TopicPartition[]>();
    const join = async (member: string): Promise<Bus> => {
      const bus = await openBus();
      await bus.consume(
        store.request({ topics: ['trades', 'candles'], onAssignment: (found) => void owned.set(member, found) }),
      );
      return bus;
    };
    const publisher = await openBus();
    await join('one');
    const rounds = 60;
    const publishing = (async () => {
      for (let round = 0; round < rounds; round++) {
        await publishRound(publisher, round);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const two = await join('two');
    await until(() => owned.get('two')?.length === 8 && owned.get('one')?.length === 8);
    for (const partitions of owned.values()) {
      const numbers = (topic: string): readonly number[] =>
        partitions.filter((found) => found.topic === topic).map(({ partition }) => partition);
      expect(numbers('trades')).toEqual(numbers('candles'));
    }
    await two.close();
    await publishing;
    await until(() => store.ids.length >= rounds * 5 * SYMBOLS.length);
    for (const symbol of SYMBOLS) {
      const wanted = sampleTrades(rounds * 5, symbol).map((trade) => trade.id);
      expect(store.ids.filter((id) => id.startsWith(`${symbol}-`))).toEqual(wanted);
    }
  });

  it('starts where the store says, not where Kafka thinks the group is', async () => {
    const bus = await openBus({ partitionCount: 1 });
    await bus.publish('trades', sampleTrades(50));
    const first = new SharedStore();
    const consumption = await bus.consume(first.request());
    await until(() => first.ids.length >= 50);
    await consumption.close();
    const groups = await admin.fetchOffsets({ groupId: `${prefix}-persist`, topics: [`${prefix}-trades`] });
    expect(groups[0]?.partitions[0]?.offset).toBe('50');

    const emptied = new SharedStore();
    await bus.consume(emptied.request());
    await until(() => emptied.ids.length >= 50);
    expect(emptied.ids).toEqual(first.ids);
  });

  it('tells when Kafka has thrown away what a consumer still wanted', async () => {
    const bus = await openBus({ partitionCount: 1 });
    await bus.publish('trades', sampleTrades(50));
    const topic = `${prefix}-trades`;
    await untilItWorks(() => admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '20' }] }));
    const jumps: { stored: number; resumedAt: number }[] = [];
    const ids: string[] = [];
    await bus.consume(
      new SharedStore().request({
        loadPosition: () => Promise.resolve(5),
        onPositionOutsideLog: (_topicPartition, stored, resumedAt) => jumps.push({ stored, resumedAt }),
        onBatch: (batch) => {
          if (batch.topic === 'trades') ids.push(...batch.records.map((record) => (record.event as Trade).id));
          return Promise.resolve({ kind: 'done' });
        },
      }),
    );
    await until(() => ids.length >= 30);
    expect(jumps).toEqual([{ stored: 5, resumedAt: 20 }]);
    expect(ids).toEqual(sampleTrades(30, 'AAPL', 20).map((trade) => trade.id));
  });

  it('reads a topic that was made anew from its beginning', async () => {
    const bus = await openBus({ partitionCount: 1 });
    await bus.publish('trades', sampleTrades(30));
    const jumps: { stored: number; resumedAt: number }[] = [];
    const store = new SharedStore();
    await bus.consume(
      store.request({
        loadPosition: () => Promise.resolve(500),
        onPositionOutsideLog: ({ topic, partition }, stored, resumedAt) => {
          jumps.push({ stored, resumedAt });
          store.positions.set(nameOf({ topic, partition }), resumedAt);
        },
      }),
    );
    await until(() => store.ids.length >= 30);
    expect(jumps).toEqual([{ stored: 500, resumedAt: 0 }]);
    expect(store.ids).toEqual(sampleTrades(30).map((trade) => trade.id));
  });

  it('keeps its partition while one batch takes longer than a session', async () => {
    const bus = await openBus({ partitionCount: 1 });
    await bus.publish('trades', sampleTrades(20));
    const store = new SharedStore();
    let assignments = 0;
    await bus.consume(
      store.request({
        maxBatchRecords: 10,
        onAssignment: () => void assignments++,
        onBatch: async (batch) => {
          if (batch.firstOffset === 0) await new Promise((resolve) => setTimeout(resolve, 9000));
          return store.store(batch);
        },
      }),
    );
    await until(() => store.ids.length >= 20);
    expect(assignments).toBe(1);
  });

  it('lets no topic of a slow partition hold up the other partitions', async () => {
    const bus = await openBus({ partitionCount: 2 });
    const topics = ['trades', 'quotes', 'bars'] as const;
    const [quote, bar] = [SAMPLE_EVENTS.quotes[0], SAMPLE_EVENTS.bars[0]];
    if (quote === undefined || bar === undefined) throw new Error('no samples');
    for (const symbol of SYMBOLS) {
      await bus.publish('trades', sampleTrades(1, symbol));
      await bus.publish('quotes', [{ ...quote, symbol }]);
      await bus.publish('bars', [{ ...bar, symbol }]);
    }
    const handled = new Set<string>();
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    await bus.consume(
      new SharedStore().request({
        topics,
        onBatch: async (batch) => {
          if (batch.partition === 0) await slow;
          handled.add(nameOf(batch));
          return { kind: 'done' };
        },
      }),
    );
    try {
      await until(() => topics.every((topic) => handled.has(`${topic}-1`)));
      expect([...handled].filter((name) => name.endsWith('-0'))).toEqual([]);
    } finally {
      release();
    }
  });

  it('starts no consumer that nobody would close', async () => {
    const bus = await openBus({ partitionCount: 1 });
    const consuming = expect(bus.consume(new SharedStore().request())).rejects.toMatchObject({ code: 'closed' });
    await bus.close();
    await consuming;
    const { groups } = await admin.listGroups();
    expect(groups.map((group) => group.groupId)).not.toContain(`${prefix}-persist`);
  });

  it('leaves no private group behind', async () => {
    const bus = await openBus({ partitionCount: 1 });
    const store = new SharedStore();
    const request = store.request({ group: 'serve-1', startAt: 'latest', isEphemeral: true });
    const consumption = await bus.consume(request);
    await bus.publish('trades', sampleTrades(5));
    await until(() => store.ids.length >= 5);
    await consumption.close();
    const { groups } = await admin.listGroups();
    expect(groups.map((group) => group.groupId)).not.toContain(`${prefix}-serve-1`);
  });
});

describe.skipIf(jarsDirectory === undefined)('a broker that goes away (needs KAFKA_JARS)', () => {
  it('is a state; publishing and consuming go on by themselves, without loss, when it is back', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'tapedeck-kafka-'));
    let broker = await startKafkaBroker({ jarsDirectory: jarsDirectory ?? '', dataDirectory });
    const states: BusState[] = [];
    try {
      const bus = await openBus({ brokers: [broker.bootstrapServers], onState: (state) => states.push(state) });
      const store = new SharedStore();
      await bus.consume(store.request());
      await publishRound(bus, 0);
      await until(() => store.ids.length >= 40);
      const port = Number(broker.bootstrapServers.split(':')[1]);
      await broker.kill();
      const publishing = publishRound(bus, 1);
      await until(() => !bus.state.isConnected);
      expect(bus.state.detail).toContain('Kafka cannot be reached');
      broker = await startKafkaBroker({ jarsDirectory: jarsDirectory ?? '', dataDirectory, port });
      await publishing;
      await until(() => store.ids.length >= 80 && bus.state.isConnected);
      expect([...new Set(store.ids)].sort()).toEqual(
        SYMBOLS.flatMap((symbol) => sampleTrades(10, symbol).map((trade) => trade.id)).sort(),
      );
      await bus.close();
    } finally {
      await broker.close();
      await rm(dataDirectory, { recursive: true, force: true });
    }
  });
});
