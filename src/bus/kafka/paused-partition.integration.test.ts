import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../market/index.ts';
import { SAMPLE_EVENTS, sampleTrades } from '../../testing/bus-events.ts';
import { until } from '../../testing/bus-reader.ts';
import { SharedStore } from '../../testing/bus-shared-store.ts';
import type { BatchOutcome, Bus, BusBatch, Consumption } from '../bus.ts';
import { KeyPartitioner } from '../topics.ts';
import { openKafkaBus } from './kafka-bus.ts';

const brokers = process.env['TAPEDECK_TEST_KAFKA']?.split(',') ?? [];
const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'TSLA', 'AMZN', 'GOOG', 'META', 'AMD'];

let prefix = '';
const opened: Bus[] = [];

beforeEach(() => {
  prefix = `test-${randomUUID()}`;
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

async function openBus(partitionCount?: number): Promise<Bus> {
  const names = { clientId: 'test', groupPrefix: prefix, topicPrefix: prefix, barsTopic: null };
  const bus = await openKafkaBus({
    ...names,
    brokers,
    log: silentLog,
    ...(partitionCount === undefined ? {} : { partitionCount }),
  });
  opened.push(bus);
  return bus;
}

async function publishRound(bus: Bus, round: number): Promise<void> {
  await bus.publish(
    'trades',
    SYMBOLS.flatMap((symbol) => sampleTrades(5, symbol, round * 5)),
  );
}

function expectTrades(store: SharedStore, count: number): void {
  for (const symbol of SYMBOLS) {
    const wanted = sampleTrades(count, symbol).map((trade) => trade.id);
    expect(store.ids.filter((id) => id.startsWith(`${symbol}-`))).toEqual(wanted);
  }
}

describe.skipIf(brokers.length === 0)('a partition whose batches are refused (needs TAPEDECK_TEST_KAFKA)', () => {
  it('goes on with the others while the batches of one partition are refused, and loses, repeats and swaps nothing', async () => {
    const bus = await openBus(4);
    const partitioner = new KeyPartitioner(4);
    const stuck = partitioner.partitionOf('AAPL');
    const others = SYMBOLS.filter((symbol) => partitioner.partitionOf(symbol) !== stuck);
    const store = new SharedStore();
    let isRefused = true;
    let refusals = 0;
    let repeats = 0;
    const take = (batch: BusBatch): BatchOutcome => {
      const outcome = store.store(batch);
      if (outcome.kind === 'seek') repeats++;
      return outcome;
    };
    let running = 0;
    let overlaps = 0;
    const consumption = await bus.consume(
      store.request({
        topics: ['trades', 'quotes'],
        onBatch: async (batch) => {
          if (batch.partition !== stuck) return take(batch);
          running++;
          await new Promise((resolve) => setTimeout(resolve, 20));
          if (running-- !== 1) overlaps++;
          if (batch.topic === 'trades' && isRefused) {
            refusals++;
            throw new Error('these rows are refused');
          }
          return take(batch);
        },
      }),
    );
    const [quote] = SAMPLE_EVENTS.quotes;
    if (quote === undefined) throw new Error('no samples');
    const rounds = 20;
    const refusedUntil = Date.now() + 20_000;
    for (let round = 0; round < rounds; round++) {
      await publishRound(bus, round);
      await bus.publish('quotes', [{ ...quote, symbol: 'AAPL' }]);
      const arrived = others.flatMap((symbol) => sampleTrades((round + 1) * 5, symbol)).length;
      // Each round reaches the others while the one partition waits.
      await until(() => store.ids.length >= arrived);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, refusedUntil - Date.now()) / (rounds - round)));
    }
    const lag = await consumption.lag();
    expect(lag.find(({ topic, partition }) => topic === 'trades' && partition === stuck)?.position).toBe(0);
    expect(refusals).toBeGreaterThan(2);
    isRefused = false;
    await until(() => store.ids.length >= rounds * 5 * SYMBOLS.length);
    await until(() => store.positions.get(`quotes-${stuck}`) === rounds);
    expect([repeats, overlaps]).toEqual([0, 0]);
    expectTrades(store, rounds * 5);
  });

  it('lets a member with a refused batch go on when the group changes, and closes with one in hand', async () => {
    const one = await openBus(2);
    const store = new SharedStore();
    let isRefused = true;
    const refuse = (batch: BusBatch): Promise<BatchOutcome> =>
      isRefused && batch.partition === 0 ? Promise.reject(new Error('refused')) : Promise.resolve(store.store(batch));
    const owned = new Map<string, number>();
    const join = (bus: Bus, member: string): Promise<Consumption> =>
      bus.consume(store.request({ onBatch: refuse, onAssignment: (found) => void owned.set(member, found.length) }));
    await join(one, 'one');
    await publishRound(one, 0);
    await until(() => store.positions.size === 1);
    const two = await openBus();
    await join(two, 'two');
    await until(() => owned.get('one') === 1 && owned.get('two') === 1);
    await two.close();
    await until(() => owned.get('one') === 2);
    await publishRound(one, 1);
    const consumption = await join(await openBus(), 'three');
    await until(() => owned.get('three') === 1);
    await consumption.close();
    isRefused = false;
    await until(() => store.ids.length >= 10 * SYMBOLS.length);
    expectTrades(store, 10);
  });
});
