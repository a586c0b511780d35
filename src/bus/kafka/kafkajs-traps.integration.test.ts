import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../market/index.ts';
import { sampleTrades } from '../../testing/bus-events.ts';
import { idsOf, Reader, until } from '../../testing/bus-reader.ts';
import { openTcpProxy, type TcpProxy } from '../../testing/chaos/tcp-proxy.ts';
import { type KafkaBroker, startKafkaBroker } from '../../testing/kafka-broker.ts';
import { freePort } from '../../testing/server-process.ts';
import type { Bus } from '../bus.ts';
import { openKafkaBus } from './kafka-bus.ts';

const jarsDirectory = process.env['KAFKA_JARS'];
/** Kinds of requests, by Kafka's numbers. */
const PRODUCE = 0;
const FETCH = 1;
const INIT_PRODUCER_ID = 22;

/** Each request of kafkajs is written at once: its length, then its kind. */
function kindOf(chunk: Buffer): number {
  return chunk.length < 6 ? -1 : chunk.readInt16BE(4);
}

describe.skipIf(jarsDirectory === undefined)('what kafkajs does wrong (needs KAFKA_JARS)', () => {
  let directory = '';
  let broker: KafkaBroker;
  let proxy: TcpProxy;
  let bus: Bus;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tapedeck-kafka-'));
    const entrance = { name: 'PROXIED', port: await freePort(), advertisedPort: await freePort() };
    broker = await startKafkaBroker({
      jarsDirectory: jarsDirectory ?? '',
      dataDirectory: directory,
      listeners: [entrance],
    });
    proxy = await openTcpProxy({ to: entrance.port, port: entrance.advertisedPort });
  });

  afterEach(() => bus.close());

  afterAll(async () => {
    await proxy.close();
    await broker.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function openBus(address = `127.0.0.1:${proxy.port}`): Promise<Bus> {
    const prefix = `test-${randomUUID()}`;
    const names = { clientId: 'traps', groupPrefix: prefix, topicPrefix: prefix, barsTopic: null, partitionCount: 2 };
    return openKafkaBus({ ...names, brokers: [address], log: silentLog });
  }

  it('does not publish through a producer that got no sequence numbers', async () => {
    bus = await openBus();
    let producesWithoutId = 0;
    let isRefused = true;
    // The first attempts at an id fail, as often as kafkajs makes them.
    const refusing = (async () => {
      for (let cuts = 0; cuts < 6; cuts++) {
        await proxy.cut((chunk, from) => {
          if (from !== 'client') return 'go-on';
          if (kindOf(chunk) === PRODUCE && isRefused) producesWithoutId++;
          return kindOf(chunk) === INIT_PRODUCER_ID ? 'cut-before' : 'go-on';
        }, 60_000);
      }
      isRefused = false;
    })();
    await bus.publish('trades', sampleTrades(20));
    await refusing;
    expect(producesWithoutId).toBe(0);
    const reader = new Reader();
    await bus.consume(reader.request());
    await until(() => reader.ids.length >= 20);
    expect(reader.ids).toEqual(idsOf(sampleTrades(20)));
  });

  it('does not take for acknowledged what the broker never answered', async () => {
    bus = await openBus();
    await bus.publish('trades', sampleTrades(10));
    const isCut = proxy.cut(
      (chunk, from) => (from === 'client' && kindOf(chunk) === PRODUCE ? 'cut-before' : 'go-on'),
      60_000,
    );
    await bus.publish('trades', sampleTrades(10, 'AAPL', 10));
    expect(await isCut).toBe(true);
    const reader = new Reader();
    await bus.consume(reader.request());
    await until(() => reader.ids.length >= 20);
    expect(reader.ids).toEqual(idsOf(sampleTrades(20)));
  });

  it('takes an IPv6 address in brackets, which kafkajs cannot read', async ({ skip }) => {
    const entrance = createServer((client) => {
      const server = connect(proxy.port, '127.0.0.1');
      client.pipe(server).pipe(client);
      for (const socket of [client, server]) socket.on('error', () => [client, server].map((each) => each.destroy()));
    });
    const hasIpv6 = await new Promise<boolean>((resolve) => {
      entrance.once('error', () => resolve(false));
      entrance.listen(0, '::1', () => resolve(true));
    });
    if (!hasIpv6) skip('this machine has no IPv6');
    try {
      bus = await openBus(`[::1]:${(entrance.address() as AddressInfo).port}`);
      await bus.publish('trades', sampleTrades(3));
      expect((await bus.endOffsets('trades')).reduce((sum, end) => sum + end, 0)).toBe(3);
    } finally {
      await bus.close();
      entrance.close();
    }
  });

  it('asks an idle broker a few times a second, whatever the number of partitions', async () => {
    bus = await openBus();
    const reader = new Reader();
    await bus.consume(reader.request({ topics: ['trades', 'quotes', 'bars', 'candles'] }));
    await bus.publish('trades', sampleTrades(1));
    await until(() => reader.ids.length === 1);
    let fetches = 0;
    let requests = 0;
    await proxy.cut((chunk, from) => {
      if (from === 'client') requests++;
      if (from === 'client' && kindOf(chunk) === FETCH) fetches++;
      return 'go-on';
    }, 3_000);
    // Three seconds of half a second each, and a heartbeat now and then.
    expect(fetches).toBeGreaterThan(0);
    expect(fetches).toBeLessThanOrEqual(8);
    expect(requests - fetches).toBeLessThanOrEqual(5);
  });
});
