import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../market/index.ts';
import type { Bus } from '../bus.ts';
import { openKafkaBus } from './kafka-bus.ts';

const brokers = process.env['TAPEDECK_TEST_KAFKA']?.split(',') ?? [];

describe.skipIf(brokers.length === 0)('a topic on Kafka (needs TAPEDECK_TEST_KAFKA)', { timeout: 60_000 }, () => {
  it('is another log once it was deleted and made anew, and those beside it are not', async () => {
    const topicPrefix = `test-${randomUUID()}`;
    const names = { clientId: 'test', groupPrefix: topicPrefix, topicPrefix, barsTopic: null, partitionCount: 2 };
    const open = (): Promise<Bus> => openKafkaBus({ ...names, brokers, log: silentLog });
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const identities = async (): Promise<readonly string[]> => {
      const bus = await open();
      await bus.close();
      expect(bus.logIdOf('trades')).toMatch(new RegExp(`^${bus.clusterId}/[0-9a-f]{32}$`));
      return [bus.logIdOf('trades'), bus.logIdOf('candles')];
    };
    try {
      const before = await identities();
      expect(await identities()).toEqual(before);
      await admin.deleteTopics({ topics: [`${topicPrefix}-trades`] });
      await vi.waitFor(async () => expect(await admin.listTopics()).not.toContain(`${topicPrefix}-trades`), 20_000);
      const after = await identities();
      expect(after[0]).not.toBe(before[0]);
      expect(after[1]).toBe(before[1]);
    } finally {
      const topics = (await admin.listTopics()).filter((name) => name.startsWith(topicPrefix));
      await admin.deleteTopics({ topics });
      await admin.disconnect();
    }
  });
});
