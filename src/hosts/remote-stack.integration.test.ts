import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startTestHost } from '../testing/host-test-host.ts';
import type { TestHost } from '../testing/host-test-host.ts';

const brokers = process.env['TAPEDECK_TEST_KAFKA'];
const dsn = process.env['TAPEDECK_TEST_POSTGRES'];

interface List {
  readonly data?: readonly Record<string, unknown>[];
}

async function administrate(sql: string): Promise<void> {
  const client = new Client({ connectionString: dsn ?? '' });
  await client.connect();
  await client.query(sql);
  await client.end();
}

if (brokers === undefined || dsn === undefined) {
  describe.skip('hosts on Kafka and PostgreSQL (skipped: TAPEDECK_TEST_KAFKA and TAPEDECK_TEST_POSTGRES name no servers)', () => {
    test('need both', () => undefined);
  });
} else {
  describe('hosts on Kafka and PostgreSQL', () => {
    const name = `tapedeck_hosts_${randomUUID().slice(0, 8)}`;
    const hosts: TestHost[] = [];
    let screen: TestHost;

    async function start(kind: 'web' | 'worker', ...args: string[]): Promise<TestHost> {
      const url = new URL(dsn ?? '');
      url.pathname = `/${name}`;
      const environment = {
        TAPEDECK_STACK: 'remote',
        KAFKA_BOOTSTRAP_SERVERS: brokers ?? '',
        KAFKA_TOPIC_PREFIX: name,
        KAFKA_GROUP_ID: name,
        POSTGRES_DSN: url.href,
      };
      const started = await startTestHost({ kind, args, environment, ui: null });
      hosts.push(started);
      return started;
    }

    beforeAll(async () => {
      await administrate(`CREATE DATABASE ${name}`);
      await start('worker', '--roles', 'ingest');
      await start('worker', '--roles', 'analyze,persist');
      screen = await start('web');
    });

    afterAll(async () => {
      for (const host of hosts.reverse()) await host.close();
      await administrate(`DROP DATABASE ${name} WITH (FORCE)`);
    });

    test('a symbol added at the screen is subscribed by one worker, analysed by another, and comes back', async () => {
      const body = JSON.stringify({ name: 'Mine', symbols: ['PFE'] });
      const headers = { 'content-type': 'application/json' };
      expect((await screen.get('/api/v1/watchlists', { method: 'POST', body, headers })).status).toBe(201);
      const list = async (path: string): Promise<List> => (await (await screen.get(`/api/v1${path}`)).json()) as List;
      await eventually(
        () => list('/quotes?symbol=PFE'),
        ({ data }) => typeof data?.[0]?.['last'] === 'number',
        60_000,
      );
      await eventually(
        () => list('/trades?symbol=PFE&limit=5'),
        ({ data }) => data?.length === 5,
        60_000,
      );
      await eventually(
        () => list('/candles?symbol=PFE&interval=1m&limit=5'),
        ({ data }) => data?.length === 5,
        60_000,
      );
    });
  });
}
