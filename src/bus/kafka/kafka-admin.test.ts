import { type Kafka, KafkaJSError } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { KafkaAdmin } from './kafka-admin.ts';

const NOT_LEADER = Object.assign(new KafkaJSError('This server is not the leader for that topic-partition'), {
  type: 'NOT_LEADER_FOR_PARTITION',
});

/** What an admin answers whose question for offsets fails so often first, and for how long it then waited. */
async function askFor(failures: number, failure: Error) {
  let left = failures;
  let waitedMs = 0;
  const client = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    fetchTopicOffsets: () =>
      left-- > 0 ? Promise.reject(failure) : Promise.resolve([{ partition: 0, low: '3', high: '7' }]),
  };
  const admin = new KafkaAdmin({ admin: () => client } as unknown as Kafka, async (durationMs) => {
    waitedMs += durationMs;
  });
  const answer = await admin.watermarks('trades').catch((error: unknown) => error);
  return { answer, waitedMs };
}

describe('the ends of a topic', () => {
  it('are waited for while the brokers settle who leads it', async () => {
    expect(await askFor(7, NOT_LEADER)).toMatchObject({ answer: [{ low: 3, high: 7 }] });
  });

  it('are given up when nobody comes to lead it', async () => {
    const { answer, waitedMs } = await askFor(Infinity, NOT_LEADER);
    expect(answer).toMatchObject({ code: 'connection-lost' });
    expect(waitedMs).toBeGreaterThan(10_000);
  });

  it('are not waited for that long when no broker answers', async () => {
    const { answer, waitedMs } = await askFor(Infinity, new KafkaJSError('Connection refused'));
    expect(answer).toMatchObject({ code: 'connection-lost' });
    expect(waitedMs).toBeLessThan(1_000);
  });
});
