import { setTimeout as delay } from 'node:timers/promises';
import { between, type Scenario, RECOVERY_PATIENCE_MS } from './scenario.ts';
import { type CutRule, openTcpProxy } from './tcp-proxy.ts';

const CUT_PATIENCE_MS = 10_000;
const COPY_DATA = 'd'.charCodeAt(0);

const holds = (chunk: Buffer, text: string): boolean => chunk.includes(text);

/** Each a place where a lost connection leaves one side in doubt; new ones for each cut, because they count. */
const DATABASE_CUTS: readonly (() => CutRule)[] = [
  // The transaction has begun and moved a position; its rows never arrive.
  () => (chunk, from) => (from === 'client' && holds(chunk, 'bus_positions SET next') ? 'cut-after' : 'go-on'),
  // Rows arrive in part.
  () => (chunk, from) => (from === 'client' && chunk[0] === COPY_DATA ? 'cut-before' : 'go-on'),
  // Everything but the word that makes it last.
  () => (chunk, from) => (from === 'client' && holds(chunk, 'COMMIT\0') ? 'cut-before' : 'go-on'),
  // Stored, but whoever stored it never hears so.
  () => (chunk, from) => (from === 'server' && holds(chunk, 'COMMIT\0') ? 'cut-before' : 'go-on'),
];

const KAFKA_CUTS: readonly (() => CutRule)[] = [
  // Trades on their way to the broker: they do not arrive.
  () => (chunk, from) => (from === 'client' && holds(chunk, '"type":"trade"') ? 'cut-before' : 'go-on'),
  // They arrive, but the acknowledgement does not come back.
  () => {
    let isSent = false;
    return (chunk, from) => {
      isSent ||= from === 'client' && holds(chunk, '"type":"trade"');
      return isSent && from === 'server' ? 'cut-before' : 'go-on';
    };
  },
  // Candles, which are published by another process.
  () => (chunk, from) => (from === 'client' && holds(chunk, '"isClosed":') ? 'cut-before' : 'go-on'),
  // Messages on their way to a reader.
  () => (chunk, from) => (from === 'server' && holds(chunk, '"type":"trade"') ? 'cut-before' : 'go-on'),
];

/** Connections break in the middle of transactions and publications, between workers and either server. */
export const cutConnection: Scenario = {
  name: 'cut-connection',
  prepare: async ({ servers, isShort, random }) => {
    const database = new URL(servers.addresses.dsn);
    const databaseProxy = await openTcpProxy({ to: Number(database.port) });
    const kafkaProxy = await openTcpProxy({ to: servers.proxied.listenerPort, port: servers.proxied.advertisedPort });
    database.port = String(databaseProxy.port);
    const rounds = isShort ? 1 : 8;
    return {
      workload: {
        feedMs: rounds * 90_000 + 60_000,
        seenServers: () => ({ dsn: database.href, bootstrapServers: `127.0.0.1:${String(kafkaProxy.port)}` }),
      },
      disturb: async (workload) => {
        let count = 0;
        const after = async (cuts: number): Promise<void> => {
          if (cuts === 0) return;
          count += cuts;
          workload.meter.disturbed();
          await workload.meter.recovered(RECOVERY_PATIENCE_MS);
          await delay(between(random, 0, 1_000));
        };
        for (let round = 0; round < rounds; round++) {
          for (const cut of DATABASE_CUTS) await after(Number(await databaseProxy.cut(cut(), CUT_PATIENCE_MS)));
          for (const cut of KAFKA_CUTS) await after(Number(await kafkaProxy.cut(cut(), CUT_PATIENCE_MS)));
          await after(databaseProxy.cutAll());
          await after(kafkaProxy.cutAll());
        }
        return { count };
      },
      close: async () => {
        await Promise.all([databaseProxy.close(), kafkaProxy.close()]);
      },
    };
  },
};
