import type { Message } from 'kafkajs';

/**
 * A list that kafkajs deals out to partitions at once. 2.2.4 does it by `messages.reduce`, which hashes every key again
 * and copies a partition's list for every message, so that a large request costs its size squared; these messages know
 * their partition, and answer that call with the finished lists.
 */
export function routedMessages(messages: readonly Message[]): Message[] {
  const byPartition: Record<number, Message[]> = {};
  for (const message of messages) (byPartition[message.partition ?? 0] ??= []).push(message);
  return Object.defineProperty([...messages], 'reduce', { value: () => byPartition });
}
