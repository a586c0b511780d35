import type { Admin } from 'kafkajs';
import type { Log } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { BUS_BACKOFF } from '../bus-backoff.ts';
import type { TopicKind } from '../bus.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import { kafkaError } from './kafka-error.ts';

const DEFAULT_PARTITION_COUNT = 8;
const ATTEMPTS = 5;

/**
 * Creates the topics that are missing and answers the number of partitions that all of them have. Throws `bad-config`
 * when existing ones differ: a symbol's trades and candles would then lie on partitions of different numbers.
 */
export async function ensureTopics(
  kafkaAdmin: KafkaAdmin,
  names: ReadonlyMap<TopicKind, string>,
  wantedCount: number | undefined,
  log: Log,
): Promise<number> {
  const backoff = new Backoff(BUS_BACKOFF);
  for (let attempt = 1; ; attempt++) {
    try {
      const existing = await kafkaAdmin.run((admin) => partitionCounts(admin, [...names.values()]));
      const partitionCount = agreedCount(existing, wantedCount);
      const missing = [...names].filter(([, name]) => !existing.has(name));
      if (missing.length === 0) return partitionCount;
      await kafkaAdmin.run((admin) => createTopics(admin, missing, partitionCount));
      log.info({ topics: missing.map(([, name]) => name), partitionCount }, 'created topics');
    } catch (error) {
      // Another host may have created some of them between the calls, or not every node knows of them yet: look again.
      if (attempt === ATTEMPTS || !kafkaError(error).retryable) throw error;
      await backoff.wait(new AbortController().signal);
    }
  }
}

async function partitionCounts(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const all = new Set(await admin.listTopics());
  const present = names.filter((name) => all.has(name));
  if (present.length === 0) return new Map();
  const { topics } = await admin.fetchTopicMetadata({ topics: present });
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}

function agreedCount(existing: ReadonlyMap<string, number>, wanted: number | undefined): number {
  const [first] = existing.values();
  const count = wanted ?? first ?? DEFAULT_PARTITION_COUNT;
  const different = [...existing].filter(([, found]) => found !== count);
  if (different.length === 0) return count;
  const found = [...existing].map(([name, partitions]) => `${name}: ${partitions}`).join(', ');
  throw new TapedeckError('bad-config', `topics have different numbers of partitions (${found}; wanted ${count})`, {
    userMessage: `All of TapeDeck's topics need the same number of partitions, here ${count}, but Kafka has ${found}. Delete or repartition those that differ, or choose another KAFKA_TOPIC_PREFIX.`,
  });
}

async function createTopics(
  admin: Admin,
  topics: readonly (readonly [TopicKind, string])[],
  partitionCount: number,
): Promise<void> {
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map(([kind, topic]) => ({
      topic,
      numPartitions: partitionCount,
      configEntries: [
        // By the broker's clock: it refuses what comes from a machine whose own is an hour ahead.
        { name: 'message.timestamp.type', value: 'LogAppendTime' },
        ...(kind === 'control' ? [{ name: 'cleanup.policy', value: 'compact' }] : []),
      ],
    })),
  });
}
