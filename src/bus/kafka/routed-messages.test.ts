import groupMessagesPerPartition from 'kafkajs/src/producer/groupMessagesPerPartition.js';
import { expect, it } from 'vitest';
import { routedMessages } from './routed-messages.ts';

it('gives kafkajs the groups that it would have made itself', () => {
  const messages = Array.from({ length: 50 }, (_, index) => ({ value: `${index}`, partition: (index * 7) % 4 }));
  let asked = 0;
  const group = (list: typeof messages): unknown =>
    groupMessagesPerPartition({
      topic: 'trades',
      partitionMetadata: [{}],
      messages: list,
      partitioner: ({ message }) => {
        asked++;
        return message.partition ?? 0;
      },
    });
  const routed = routedMessages(messages) as typeof messages;
  expect(group(routed)).toEqual(group(messages));
  expect(asked).toBe(messages.length);
  expect([...routed]).toEqual(messages);
});
