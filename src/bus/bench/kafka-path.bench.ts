import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { silentLog, type Trade } from '../../market/index.ts';
import { type Benchmark, compareSeconds } from '../../testing/benchmark.ts';
import { sampleTrade } from '../../testing/bus-events.ts';
import { encodeEvent } from '../codec.ts';
import { patchRequestQueue } from '../kafka/patch-request-queue.ts';
import { openKafkaBus } from '../kafka/kafka-bus.ts';

const SYMBOLS = 500;
const BATCH = 1000;
const BATCHES = 60;
const EVENTS = BATCH * BATCHES;
const PARTITIONS = 8;
const RUNS = 5;

/** From trades in memory to validated trades in memory through a broker, against the same bytes by bare kafkajs. */
export const kafkaPath: Benchmark = {
  name: 'kafka-path',
  goal: '>= 0.8x',
  isMet: (result) => (result.ratio ?? 0) >= 0.8,
  skipReason: () => (process.env['TAPEDECK_TEST_KAFKA'] === undefined ? 'TAPEDECK_TEST_KAFKA names no broker' : null),
  run: async () => {
    const brokers = (process.env['TAPEDECK_TEST_KAFKA'] ?? '').split(',');
    const prefix = `bench-${randomUUID()}`;
    const batches = Array.from({ length: BATCHES }, (_, batch) =>
      Array.from({ length: BATCH }, (_, index) => sampleTrade(batch * BATCH + index, `S${index % SYMBOLS}`)),
    );
    const subject = await openSubject(brokers, prefix);
    const baseline = await openBaseline(brokers, prefix, batches);
    try {
      const seconds = await compareSeconds(
        RUNS,
        () => subject.send(batches),
        () => baseline.send(),
      );
      return {
        value: EVENTS / seconds.subject,
        unit: 'trades/s',
        baseline: 'bare kafkajs, the same messages as ready texts, idempotent, acks all, eachBatch',
        baselineValue: EVENTS / seconds.baseline,
        ratio: seconds.baseline / seconds.subject,
        conditions: `${EVENTS} trades of ${SYMBOLS} symbols, one JSON message each, published ${BATCH} at a time and consumed in the same process, ${PARTITIONS} partitions, one broker on this machine without fsync, ${RUNS} runs`,
      };
    } finally {
      await subject.close();
      await baseline.close();
    }
  },
};

/** Counts what arrives and resolves when as many came as were awaited. */
class Arrivals {
  #missing = 0;
  #resolve = (): void => undefined;

  next(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#missing = count;
      this.#resolve = resolve;
    });
  }

  came(count: number): void {
    this.#missing -= count;
    if (this.#missing === 0) this.#resolve();
  }
}

async function openSubject(
  brokers: string[],
  prefix: string,
): Promise<{ send(batches: readonly (readonly Trade[])[]): Promise<void>; close(): Promise<void> }> {
  const options = { brokers, clientId: 'bench', groupPrefix: prefix, barsTopic: null, partitionCount: PARTITIONS };
  const bus = await openKafkaBus({ ...options, topicPrefix: prefix, log: silentLog });
  const arrivals = new Arrivals();
  await bus.consume({
    group: 'subject',
    topics: ['trades'],
    startAt: 'earliest',
    isEphemeral: false,
    lingerMs: 0,
    maxBatchRecords: 5000,
    loadPosition: () => Promise.resolve(null),
    onBatch: (batch) => {
      arrivals.came(batch.records.length);
      return Promise.resolve({ kind: 'done' });
    },
  });
  return {
    send: async (batches) => {
      const arrived = arrivals.next(EVENTS);
      for (const trades of batches) await bus.publish('trades', trades);
      await arrived;
    },
    close: () => bus.close(),
  };
}

async function openBaseline(
  brokers: string[],
  prefix: string,
  batches: readonly (readonly Trade[])[],
): Promise<{ send(): Promise<void>; close(): Promise<void> }> {
  // With the idle timer of kafkajs as the subject has it: what is measured is the path, not that bug.
  patchRequestQueue();
  const kafka = new Kafka({ brokers, clientId: 'bare', logLevel: logLevel.NOTHING });
  const topic = `${prefix}-bare`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: false });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const messages = batches.map((trades) =>
    trades.map((trade) => ({ key: trade.symbol, value: encodeEvent('trades', trade) })),
  );
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  const consumer = kafka.consumer({ groupId: `${prefix}-bare`, maxWaitTimeInMs: 500 });
  const arrivals = new Arrivals();
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      arrivals.came(batch.messages.length);
      return Promise.resolve();
    },
  });
  return {
    send: async () => {
      const arrived = arrivals.next(EVENTS);
      for (const batch of messages) await producer.send({ topic, messages: batch, acks: -1 });
      await arrived;
    },
    close: async () => {
      await consumer.disconnect();
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}
