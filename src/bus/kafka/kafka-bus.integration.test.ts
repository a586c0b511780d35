import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { type DeadLetter, silentLog } from '../../market/index.ts';
import { describeBusContract } from '../../testing/bus-contract.ts';
import { sampleTrade, sampleTrades } from '../../testing/bus-events.ts';
import { openKafkaBus } from './kafka-bus.ts';

const brokers = process.env['TAPEDECK_TEST_KAFKA']?.split(',');

if (brokers === undefined) {
  describe('the bus on Kafka', () => {
    it.skip('needs a broker: set TAPEDECK_TEST_KAFKA to host:port', () => undefined);
  });
} else {
  describeBusContract('the bus on Kafka', (partitionCount) => {
    const topicPrefix = `test-${randomUUID()}`;
    const options = { brokers, clientId: 'contract', groupPrefix: topicPrefix, topicPrefix, barsTopic: null };
    const kafka = new Kafka({ brokers, clientId: 'outside', logLevel: logLevel.NOTHING });
    return Promise.resolve({
      open: () => openKafkaBus({ ...options, partitionCount, log: silentLog }),
      publishRaw: async (topic, text) => {
        const producer = kafka.producer();
        await producer.connect();
        await producer.send({ topic: `${topicPrefix}-${topic}`, messages: [{ value: text, partition: 0 }] });
        await producer.disconnect();
      },
      remove: async () => {
        const admin = kafka.admin();
        await admin.connect();
        const topics = (await admin.listTopics()).filter((name) => name.startsWith(topicPrefix));
        await admin.deleteTopics({ topics });
        await admin.disconnect();
      },
    });
  });

  describe('the bus of a machine whose clock is a day ahead', { timeout: 60_000 }, () => {
    it('publishes all the same', async () => {
      const topicPrefix = `test-${randomUUID()}`;
      const options = { brokers, clientId: 'ahead', groupPrefix: topicPrefix, topicPrefix, barsTopic: null };
      const bus = await openKafkaBus({ ...options, partitionCount: 1, log: silentLog });
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
      try {
        await bus.publish('trades', sampleTrades(10));
        expect(await bus.endOffsets('trades')).toEqual([10]);
      } finally {
        vi.useRealTimers();
        await bus.close();
      }
    });
  });

  describe('the bus on a broker that takes small messages only', { timeout: 60_000 }, () => {
    it('sends smaller requests, and makes a dead letter of what is too large by itself', async () => {
      const topicPrefix = `test-${randomUUID()}`;
      const trades = `${topicPrefix}-trades`;
      const admin = new Kafka({ brokers, clientId: 'outside', logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const configEntries = [{ name: 'max.message.bytes', value: '4000' }];
      await admin.createTopics({ topics: [{ topic: trades, numPartitions: 1, configEntries }], waitForLeaders: false });
      await vi.waitFor(() => admin.fetchTopicMetadata({ topics: [trades] }), { timeout: 20_000 });
      const options = { brokers, clientId: 'small', groupPrefix: topicPrefix, topicPrefix, barsTopic: null };
      const bus = await openKafkaBus({ ...options, log: silentLog });
      try {
        const huge = { ...sampleTrade(50), conditions: Array.from({ length: 100 }, () => 'x'.repeat(100)) };
        await bus.publish('trades', [...sampleTrades(50), huge, ...sampleTrades(50, 'AAPL', 51)]);
        await bus.publish('trades', sampleTrades(100, 'AAPL', 101));
        const ids: number[] = [];
        const letters: DeadLetter[] = [];
        const consumption = await bus.consume({
          group: 'reader',
          topics: ['trades', 'dead-letters'],
          startAt: 'earliest',
          isEphemeral: true,
          lingerMs: 0,
          maxBatchRecords: 1_000,
          loadPosition: () => Promise.resolve(null),
          onBatch: (batch) => {
            if (batch.topic === 'trades') for (const { event } of batch.records) ids.push(event.timeMs);
            if (batch.topic === 'dead-letters') letters.push(...batch.records.map(({ event }) => event));
            return Promise.resolve({ kind: 'done' });
          },
        });
        await vi.waitFor(() => expect([new Set(ids).size, letters.length]).toEqual([200, 1]), { timeout: 30_000 });
        await consumption.close();
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
        expect(letters).toMatchObject([{ origin: 'trades', topic: 'trades', partition: null }]);
        expect(letters[0]?.payload).toContain('xxx');
      } finally {
        await bus.close();
        const topics = (await admin.listTopics()).filter((name) => name.startsWith(topicPrefix));
        await admin.deleteTopics({ topics });
        await admin.disconnect();
      }
    });
  });
}
