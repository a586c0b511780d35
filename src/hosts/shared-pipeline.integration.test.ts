import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostHealth, ServerEvent } from '../contract/index.ts';
import { type Alert, silentLog } from '../market/index.ts';
import { endProcess, freePort } from '../testing/server-process.ts';
import { RemoteAlerts } from './attach/remote-alerts.ts';
import { eventually, startTestHost } from '../testing/host-test-host.ts';
import type { TestHost } from '../testing/host-test-host.ts';

const brokers = process.env['TAPEDECK_TEST_KAFKA'];
const dsn = process.env['TAPEDECK_TEST_POSTGRES'];
const PATIENCE_MS = 120_000;
/** Of one step: what is late is named before the test is given up. */
const STEP_PATIENCE_MS = 80_000;
const TOKEN = 'a-token-of-this-test-alone-000000';

if (brokers === undefined || dsn === undefined) {
  describe.skip('a shared pipeline (skipped: TAPEDECK_TEST_KAFKA and TAPEDECK_TEST_POSTGRES name no servers)', () => {
    test('needs both', () => undefined);
  });
} else {
  describe('a shared pipeline of two desks, two ingest workers on one feed, and one that analyses and stores', () => {
    const name = `tapedeck_shared_${randomUUID().slice(0, 8)}`;
    const url = new URL(dsn);
    url.pathname = `/${name}`;
    const posted: Alert[] = [];
    const children = new Map<string, ChildProcess>();
    let folder: string;
    let webhook: Server;
    let environment: Record<string, string>;
    let desk: TestHost;
    let database: Client;
    let otherDeskUrl: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tapedeck-shared-'));
      await administrate(dsn, `CREATE DATABASE ${name}`);
      webhook = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          posted.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Alert);
          response.end();
        });
      });
      await new Promise<void>((resolve) => {
        webhook.listen(0, '127.0.0.1', resolve);
      });
      environment = {
        TAPEDECK_STACK: 'remote',
        TAPEDECK_TOKEN: TOKEN,
        KAFKA_BOOTSTRAP_SERVERS: brokers,
        KAFKA_TOPIC_PREFIX: name,
        KAFKA_GROUP_ID: name,
        POSTGRES_DSN: url.href,
        TAPEDECK_WEBHOOK_URL: `http://127.0.0.1:${String((webhook.address() as AddressInfo).port)}/`,
        TAPEDECK_WEBHOOK_ALLOW_PRIVATE: '1',
      };
      desk = await startTestHost({ kind: 'web', args: ['--roles', 'serve,notify'], environment });
      const port = await freePort();
      otherDeskUrl = `http://127.0.0.1:${String(port)}`;
      startChild('worker', 'math', ['--roles', 'analyze,persist']);
      startChild('worker', 'feed-1', ['--roles', 'ingest']);
      startChild('worker', 'feed-2', ['--roles', 'ingest']);
      startChild('web', 'other-desk', ['--roles', 'serve,notify', '--port', String(port)]);
      database = new Client({ connectionString: url.href });
      await database.connect();
    }, PATIENCE_MS);

    afterAll(async () => {
      await desk.close();
      await Promise.all([...children.values()].map((child) => endProcess(child, 'SIGTERM', 20_000)));
      await database.end();
      await new Promise((resolve) => webhook.close(resolve));
      await administrate(dsn, `DROP DATABASE ${name} WITH (FORCE)`);
      await rm(folder, { recursive: true, force: true });
    }, PATIENCE_MS);

    function startChild(kind: 'web' | 'worker', childName: string, args: readonly string[]): void {
      const cli = join(import.meta.dirname, 'cli.ts');
      const dataDir = join(folder, childName);
      const child = spawn(process.execPath, ['--import', 'tsx', cli, kind, '--data-dir', dataDir, ...args], {
        stdio: 'ignore',
        env: { ...process.env, ...environment },
      });
      children.set(childName, child);
    }

    /** As `kill -9`. */
    async function kill(childName: string): Promise<void> {
      const child = children.get(childName);
      if (child === undefined) throw new Error(`there is no ${childName}`);
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }

    /** By process id, which is part of a host's name. */
    const hostOf = (hosts: readonly HostHealth[], childName: string): HostHealth | undefined =>
      hosts.find(({ hostId }) => hostId.includes(`-${String(children.get(childName)?.pid)}-`));

    const hosts = (): Promise<readonly HostHealth[]> => Promise.resolve(desk.host.pipelineHost.health()?.hosts ?? []);

    const ingest = (host: HostHealth | undefined) => host?.roles.find(({ role }) => role === 'ingest');

    const until = async <T>(ask: () => Promise<T>, isWanted: (value: T) => boolean): Promise<T> =>
      eventually(ask, isWanted, STEP_PATIENCE_MS);

    const subscribed = async (): Promise<readonly string[]> => {
      const { rows } = await database.query<{ symbol: string }>(
        `SELECT DISTINCT symbol FROM tapedeck_mock.subscriptions WHERE lease_until > now() ORDER BY symbol`,
      );
      return rows.map(({ symbol }) => symbol);
    };

    const lastPrice = async (symbol: string): Promise<number> => {
      const read = async (): Promise<unknown> => {
        const answer = (await (await desk.get(`/api/v1/quotes?symbol=${symbol}`)).json()) as {
          readonly data?: readonly { readonly last?: unknown }[];
        };
        return answer.data?.[0]?.last;
      };
      return Number(await until(read, (last) => typeof last === 'number'));
    };

    const watch = async (deskUrl: string, symbols: readonly string[]): Promise<void> => {
      const response = await fetch(new URL('/api/v1/watchlists', deskUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
        body: JSON.stringify({ name: `of ${symbols.join(' ')}`, symbols }),
      });
      expect(response.status, await response.clone().text()).toBe(201);
    };

    test(
      'every desk shows every host: one worker streams, the other stands by, one owns all partitions',
      async () => {
        const all = await until(hosts, (found) => {
          const feeds = ['feed-1', 'feed-2'].map((child) => ingest(hostOf(found, child)));
          const math = hostOf(found, 'math')?.roles.find(({ role }) => role === 'persist');
          return (
            found.length === 5 &&
            feeds.filter((role) => role?.isStandby === false && role.recordsPerSecond > 0).length === 1 &&
            feeds.filter((role) => role?.isStandby === true).length === 1 &&
            math !== undefined &&
            math.partitions.length > 0 &&
            math.partitions.every(({ lag }) => lag !== null)
          );
        });
        expect(all.filter(({ isSelf }) => isSelf)).toHaveLength(1);
        expect(all.every(({ presence }) => presence === 'live')).toBe(true);
        for (const { clockOffsetMs } of all) expect(Math.abs(clockOffsetMs ?? Number.NaN)).toBeLessThan(5_000);
      },
      PATIENCE_MS,
    );

    test(
      'the way of a trade is timed over all hosts',
      async () => {
        const health = await until(
          () => Promise.resolve(desk.host.pipelineHost.health()),
          (found) =>
            ['ingest_to_bus', 'ingest_to_analysis', 'ingest_to_store', 'ingest_to_desk'].every((stage) =>
              found?.stages.some((one) => one.stage === stage),
            ),
        );
        expect(health?.basis).toBe('exchange');
      },
      PATIENCE_MS,
    );

    test(
      'a rule made at one desk is seen by the other at once, can be edited there, and its alert is delivered once',
      async () => {
        const seen: ServerEvent[] = [];
        const stop = desk.host.pipelineHost.onEvent((event) => seen.push(event));
        const other = await startTestHost({ kind: 'web', args: ['--roles', 'serve,notify'], environment, ui: null });
        const heard: Alert[] = [];
        const attached = new RemoteAlerts({
          url: desk.url,
          token: TOKEN,
          log: silentLog,
          onAlert: (alert) => heard.push(alert),
        });
        const send = async (host: TestHost, method: string, path: string, body: object): Promise<{ id: string }> => {
          const headers = { 'content-type': 'application/json' };
          const response = await host.get(path, { method, headers, body: JSON.stringify(body) });
          expect(response.ok, await response.clone().text()).toBe(true);
          return (await response.json()) as { id: string };
        };
        try {
          const condition = { kind: 'price-above', price: 1e9 };
          const rule = { symbol: 'AAPL', condition, cooldownMs: 0, hysteresisPercent: 0 };
          const { id } = await send(other, 'POST', '/api/v1/alert-rules', rule);
          await until(
            () => Promise.resolve(seen),
            (events) =>
              events.some((event) => event.type === 'alert-rules' && event.rules.some((one) => one.id === id)),
          );
          // Around a price that it has just had, a price goes to and fro.
          const change = { ...rule, condition: { kind: 'price-crossing', price: await lastPrice('AAPL') } };
          await send(desk, 'PUT', `/api/v1/alert-rules/${id}`, change);
          await until(
            () => Promise.resolve(posted),
            (found) => found.some(({ ruleId }) => ruleId === id),
          );
          await until(
            () => Promise.resolve(seen),
            (events) => events.some((event) => event.type === 'alert'),
          );
          await until(
            () => Promise.resolve(heard),
            (found) => found.some(({ ruleId }) => ruleId === id),
          );
          const ids = posted.filter(({ ruleId }) => ruleId === id).map((alert) => alert.id);
          expect(new Set(ids).size).toBe(ids.length);
        } finally {
          stop();
          await attached.close();
          await other.close();
        }
      },
      PATIENCE_MS,
    );

    test(
      'when the streaming worker is killed, the one that stood by takes over, and the dead one is shown as silent',
      async () => {
        const before = await hosts();
        const streaming = ingest(hostOf(before, 'feed-1'))?.isStandby === false ? 'feed-1' : 'feed-2';
        const standby = streaming === 'feed-1' ? 'feed-2' : 'feed-1';
        await kill(streaming);
        const after = await until(hosts, (found) => {
          const role = ingest(hostOf(found, standby));
          return (
            role?.isStandby === false && role.recordsPerSecond > 0 && hostOf(found, streaming)?.presence !== 'live'
          );
        });
        expect(hostOf(after, streaming)?.ageMs).toBeGreaterThan(0);
      },
      PATIENCE_MS,
    );

    test(
      'a desk that is killed loses its symbols, and those of the other stay',
      async () => {
        await watch(desk.url, ['PFE']);
        await watch(otherDeskUrl, ['KO']);
        await until(subscribed, (symbols) => symbols.includes('KO') && symbols.includes('PFE'));
        await kill('other-desk');
        const left = await until(subscribed, (symbols) => !symbols.includes('KO'));
        expect(left).toContain('PFE');
      },
      PATIENCE_MS,
    );
  });
}

async function administrate(server: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}
