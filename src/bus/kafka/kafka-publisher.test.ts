import type { Kafka } from 'kafkajs';
import { afterEach, expect, it, vi } from 'vitest';
import { silentLog, systemClock } from '../../market/index.ts';
import { sampleTrade, sampleTrades } from '../../testing/bus-events.ts';
import { KeyPartitioner } from '../topics.ts';
import { KafkaPublisher } from './kafka-publisher.ts';
import { KafkaState } from './kafka-state.ts';

afterEach(() => {
  vi.useRealTimers();
});

function createPublisher(producers: readonly object[]): KafkaPublisher {
  const left = [...producers];
  const kafka = { producer: () => left.shift() } as unknown as Kafka;
  const state = new KafkaState('connected', silentLog, undefined);
  state.works('start');
  return new KafkaPublisher(kafka, new Map(), new KeyPartitioner(1), state, systemClock, silentLog);
}

it('closes within its grace although the broker never answers', async () => {
  vi.useFakeTimers();
  const silent = { connect: () => Promise.resolve(), sendBatch: () => never(), disconnect: () => never() };
  const publisher = createPublisher([silent]);
  const refused = expect(publisher.publish('trades', sampleTrades(1))).rejects.toMatchObject({ code: 'closed' });
  await vi.advanceTimersByTimeAsync(0);
  const closing = publisher.close();
  await vi.advanceTimersByTimeAsync(60_000);
  await refused;
  await closing;
  expect(vi.getTimerCount()).toBe(0);
});

it('disconnects a producer that connects after the end', async () => {
  vi.useFakeTimers();
  let connected = (): void => undefined;
  const disconnect = vi.fn(() => Promise.resolve());
  const slow = { connect: () => new Promise<void>((resolve) => (connected = resolve)), disconnect };
  const publisher = createPublisher([slow]);
  const refused = expect(publisher.publish('trades', sampleTrades(1))).rejects.toMatchObject({ code: 'closed' });
  await vi.advanceTimersByTimeAsync(0);
  const closing = publisher.close();
  await vi.advanceTimersByTimeAsync(60_000);
  await closing;
  await refused;
  connected();
  await vi.advanceTimersByTimeAsync(0);
  expect(disconnect).toHaveBeenCalledOnce();
});

it('keeps messages of some size for a broker that is away, and asks for patience beyond', async () => {
  const away = { connect: () => never(), disconnect: () => Promise.resolve() };
  const publisher = createPublisher([away]);
  const trades = [{ ...sampleTrade(1), conditions: Array.from({ length: 2 ** 14 }, () => 'x'.repeat(61)) }];
  for (let count = 0; count < 64; count++) void publisher.publish('trades', trades);
  await expect(publisher.publish('trades', trades)).rejects.toMatchObject({ code: 'throttled', retryable: true });
});

function never(): Promise<never> {
  return new Promise(() => undefined);
}
