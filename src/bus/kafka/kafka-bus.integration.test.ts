import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { describe, it } from 'vitest';
import { silentLog } from '../../market/index.ts';
import { describeBusContract } from '../../testing/bus-contract.ts';
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
}
