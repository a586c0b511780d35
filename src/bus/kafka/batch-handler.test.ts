import type { Consumer, EachBatchPayload } from 'kafkajs';
import { expect, it, vi } from 'vitest';
import { silentLog } from '../../market/index.ts';
import { sampleTrade } from '../../testing/bus-events.ts';
import type { BusBatch, ConsumeRequest } from '../bus.ts';
import { encodeEvent } from '../codec.ts';
import { BatchHandler } from './batch-handler.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import { PartitionLanes } from './partition-lane.ts';
import { PositionBook } from './position-book.ts';

const SLOTS = 4;
const topicNames = new Map([['trades', 'stock-trades']] as const);

function fetched(partition: number): EachBatchPayload {
  const message = { offset: '0', value: Buffer.from(encodeEvent('trades', sampleTrade(partition))) };
  return {
    batch: {
      topic: 'stock-trades',
      partition,
      fetchedOffset: '0',
      messages: [message],
      lastOffset: () => '0',
    },
    heartbeat: () => Promise.resolve(),
    isRunning: () => true,
    isStale: () => false,
    resolveOffset: () => undefined,
  } as unknown as EachBatchPayload;
}

it('a batch that waited for its turn is not handed over once its partition is lost', async () => {
  const handedOver: number[] = [];
  const ends: (() => void)[] = [];
  const request: ConsumeRequest = {
    group: 'analyze',
    topics: ['trades'],
    startAt: 'earliest',
    isEphemeral: true,
    lingerMs: 0,
    maxBatchRecords: 100,
    loadPosition: () => Promise.resolve(0),
    onBatch: async ({ partition }: BusBatch) => {
      handedOver.push(partition);
      await new Promise<void>((resolve) => ends.push(resolve));
      return { kind: 'done' };
    },
  };
  const consumer = { seek: () => undefined, pause: () => undefined, resume: () => undefined } as unknown as Consumer;
  const admin = { watermarks: () => Promise.resolve([]) } as unknown as KafkaAdmin;
  const closing = new AbortController();
  const positions = new PositionBook(request, new Map(), admin, topicNames, silentLog);
  const options = { topicNames, request, log: silentLog };
  const handler = new BatchHandler(consumer, options, positions, new PartitionLanes(), closing.signal);
  const partitions = Array.from({ length: SLOTS + 1 }, (_, partition) => partition);
  positions.assign(
    partitions.map((partition) => ({ topic: 'trades', partition })),
    closing.signal,
    () => undefined,
  );
  const handled = partitions.map((partition) => handler.handle(fetched(partition)));
  await vi.waitFor(() => expect(handedOver).toEqual(partitions.slice(0, SLOTS)));
  positions.unassign();
  for (const end of ends) end();
  await Promise.all(handled);
  expect(handedOver).toEqual(partitions.slice(0, SLOTS));
});
