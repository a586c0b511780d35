import type { Kafka } from 'kafkajs';
import { expect, it } from 'vitest';
import { silentLog, systemClock } from '../../market/index.ts';
import { sampleTrades } from '../../testing/bus-events.ts';
import { KeyPartitioner } from '../topics.ts';
import { KafkaPublisher } from './kafka-publisher.ts';
import { KafkaState } from './kafka-state.ts';

it('keeps so many messages for a broker that is away, and asks for patience beyond', async () => {
  const away = { connect: () => new Promise(() => undefined), disconnect: () => Promise.resolve() };
  const kafka = { producer: () => away } as unknown as Kafka;
  const state = new KafkaState('connected', silentLog, undefined);
  const publisher = new KafkaPublisher(kafka, new Map(), new KeyPartitioner(1), state, systemClock, silentLog);
  const trades = sampleTrades(1_000);
  for (let count = 0; count < 200; count++) void publisher.publish('trades', trades);
  await expect(publisher.publish('trades', trades)).rejects.toMatchObject({ code: 'throttled', retryable: true });
});
