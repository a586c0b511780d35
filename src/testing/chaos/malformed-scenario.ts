import { setTimeout as delay } from 'node:timers/promises';
import { publishRawMessages } from '../kafka-raw-messages.ts';
import { malformedLines } from './malformed-lines.ts';
import type { Scenario } from './scenario.ts';

/** Every topic that a storing or an analysing role reads. */
const TOPICS = ['trades', 'bars', 'candles', 'indicators', 'alerts', 'dead-letters'] as const;
const BATCH_MESSAGES = 250;

/** Somebody else's producer puts rubbish on the topics, of every kind, among the good messages. */
export const malformed: Scenario = {
  name: 'malformed',
  prepare: async ({ servers, isShort, random }) => {
    const lines = malformedLines(isShort ? 2_000 : 10_000, 17);
    return {
      workload: { feedMs: 60_000 },
      disturb: async (workload) => {
        const batches = Math.ceil(lines.length / BATCH_MESSAGES);
        for (let batch = 0; batch < batches; batch++) {
          const topic = TOPICS[batch % TOPICS.length] ?? 'trades';
          const texts = lines.slice(batch * BATCH_MESSAGES, (batch + 1) * BATCH_MESSAGES);
          await publishRawMessages(servers.addresses.bootstrapServers, `${workload.topicPrefix}-${topic}`, texts);
          await delay(random() * 500);
        }
        return { count: 0, deadLetters: lines.length };
      },
    };
  },
};
