import type { Bus, TopicKind, TopicPartition } from '../bus/bus.ts';
import type { PositionKey, Store } from '../store/store.ts';

export function positionKey(bus: Bus, consumer: string, topicPartition: TopicPartition): PositionKey {
  return {
    clusterId: bus.logIdOf(topicPartition.topic),
    consumer,
    topic: topicPartition.topic,
    partition: topicPartition.partition,
  };
}

export function partitionName(topicPartition: TopicPartition): string {
  return `${topicPartition.topic}/${String(topicPartition.partition)}`;
}

/** Moves a position that has no rows of its own; a conflict means that another process has moved it meanwhile. */
export async function storePosition(
  store: Pick<Store, 'persist' | 'position'>,
  position: PositionKey,
  expectedOffset: number | null,
  nextOffset: number,
): Promise<{ readonly isStored: boolean; readonly storedOffset: number | null }> {
  const outcome = await store.persist({
    position,
    expectedOffset,
    nextOffset,
    trades: [],
    candles: [],
    indicators: [],
    alerts: [],
    deadLetters: [],
  });
  return outcome.kind === 'stored'
    ? { isStored: true, storedOffset: nextOffset }
    : { isStored: false, storedOffset: outcome.storedOffset };
}

/** Whether `consumer` has passed these end offsets on every partition. */
export async function hasPassed(
  bus: Bus,
  store: Pick<Store, 'position'>,
  consumer: string,
  topic: TopicKind,
  endOffsets: readonly number[],
): Promise<boolean> {
  for (const [partition, endOffset] of endOffsets.entries()) {
    if (endOffset === 0) continue;
    const stored = await store.position(positionKey(bus, consumer, { topic, partition }));
    if ((stored ?? 0) < endOffset) return false;
  }
  return true;
}
