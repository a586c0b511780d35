import { randomUUID } from 'node:crypto';
import { call } from '@orpc/server';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StackSnapshot } from '../../contract/index.ts';
import { createDockerStandIn } from '../../testing/docker-stand-in.ts';
import type { DockerStandIn } from '../../testing/docker-stand-in.ts';
import { eventually, startTestHost } from '../../testing/host-test-host.ts';
import type { TestHost } from '../../testing/host-test-host.ts';
import { copyThroughInstance } from '../copy/copy-through-instance.ts';
import { runTestCommand } from '../../testing/run-test-command.ts';
import type { Ran, TestCommandSurroundings } from '../../testing/run-test-command.ts';

const brokers = process.env['TAPEDECK_TEST_KAFKA'];
const dsn = process.env['TAPEDECK_TEST_POSTGRES'];

async function query(connectionString: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

if (brokers === undefined || dsn === undefined) {
  describe.skip('moving a pipeline (skipped: TAPEDECK_TEST_KAFKA and TAPEDECK_TEST_POSTGRES name no servers)', () => {
    test('needs both', () => undefined);
  });
} else {
  describe('moving a running pipeline', () => {
    const name = `tapedeck_switch_${randomUUID().slice(0, 8)}`;
    const database = new URL(dsn);
    let docker: DockerStandIn;
    let host: TestHost;
    let surroundings: TestCommandSurroundings;
    const told: StackSnapshot[] = [];

    beforeAll(async () => {
      await query(dsn, `CREATE DATABASE ${name}`);
      database.pathname = `/${name}`;
      docker = await createDockerStandIn();
      const environment = {
        ...docker.environment,
        KAFKA_BOOTSTRAP_SERVERS: brokers,
        KAFKA_TOPIC_PREFIX: name,
        KAFKA_GROUP_ID: name,
        POSTGRES_DSN: database.href,
      };
      host = await startTestHost({ environment, ui: null });
      surroundings = { environment, workingDir: host.dataDir };
      host.host.pipelineHost.onEvent((event) => event.type === 'stack' && told.push(event.stack));
    });

    afterAll(async () => {
      await host?.close();
      await docker?.close();
      await query(dsn, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });

    async function untilDone(): Promise<StackSnapshot | undefined> {
      await expect.poll(() => told.at(-1)?.work, { timeout: 60_000 }).toBe('none');
      return told.at(-1);
    }

    async function storedTrades(): Promise<number> {
      const rows = await query(database.href, 'SELECT count(*) AS count FROM tapedeck_mock.trades');
      return Number(rows[0]?.['count'] ?? 0);
    }

    test('to the started stack, all roles go on there; stopping brings it back to the embedded one', async () => {
      expect(host.host.pipelineHost.config.stack).toBe('embedded');
      await call(host.host.router.stack.start, { profiles: [], switchOver: true });
      expect(await untilDone()).toMatchObject({ running: 'bundled', problem: null });
      expect(host.host.pipelineHost.config.roles.size).toBe(5);
      await eventually(storedTrades, (count) => count > 0, 60_000);

      await call(host.host.router.stack.stop, undefined);
      expect(await untilDone()).toMatchObject({ running: 'embedded', problem: null });
      expect((await call(host.host.router.settings.get, undefined)).stack).toBe('embedded');
      await eventually(
        async () => (await (await host.get('/api/v1/trades?symbol=AAPL&limit=1')).json()) as { data?: unknown[] },
        ({ data }) => data?.length === 1,
        60_000,
      );
    });

    test('by command: up moves it there, and down brings it back before its servers go', async () => {
      const stack = (verb: 'up' | 'down'): Promise<Ran> =>
        runTestCommand(['stack', verb, '--data-dir', host.dataDir], surroundings);
      const up = await stack('up');
      expect([up.code, up.err.trimEnd().split('\n').at(-1)]).toEqual([0, 'The running TapeDeck is on it.']);
      expect(host.host.pipelineHost.config.stack).toBe('bundled');
      // What it left behind can be copied, which is in nobody's way when the pipeline comes back.
      let begin: () => void = () => undefined;
      const begun = new Promise<void>((resolve) => (begin = resolve));
      const copied = copyThroughInstance(host, {
        direction: 'out-of-folder',
        dataset: 'mock',
        dsn: database.href,
        onProgress: () => begin(),
        signal: new AbortController().signal,
      }).then(() => 'to its end', String);
      await Promise.race([begun, copied]);
      const down = await stack('down');
      expect([down.code, down.err.split('\n')[0]]).toEqual([
        0,
        'The running TapeDeck has moved to the embedded stack.',
      ]);
      expect(host.host.pipelineHost.config.stack).toBe('embedded');
      expect(await copied).toBe('Error: The copy was stopped; start it again to go on from there');
    });
  });
}
