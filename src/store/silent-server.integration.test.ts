import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../market/index.ts';
import { openTcpProxy, type TcpProxy } from '../testing/chaos/tcp-proxy.ts';
import { BinaryRows } from './binary-rows.ts';
import { parsePostgresDsn } from './index.ts';
import { PostgresDatabase } from './postgres-database.ts';

const dsn = process.env['TAPEDECK_TEST_POSTGRES'];
const ANSWER_LIMIT_MS = 4_000;
const LOST = { code: 'connection-lost', retryable: true };

function oneRow(): Uint8Array {
  const rows = new BinaryRows();
  rows.startRow(1);
  rows.int4(1);
  return rows.finish();
}

describe.skipIf(dsn === undefined)('a database that falls silent (needs TAPEDECK_TEST_POSTGRES)', () => {
  let proxy: TcpProxy;
  let database: PostgresDatabase;

  beforeEach(async () => {
    const { port, database: name, user, password } = parsePostgresDsn(dsn ?? '');
    proxy = await openTcpProxy({ to: port });
    database = await PostgresDatabase.open({
      connection: { host: '127.0.0.1', port: proxy.port, database: name, user, password },
      label: 'PostgreSQL',
      schema: 'public',
      connections: 2,
      answerLimitMs: ANSWER_LIMIT_MS,
      log: silentLog,
    });
  });

  afterEach(async () => {
    await database.close();
    await proxy.close();
  });

  it('is given up by every kind of statement, and found again once it answers', async () => {
    const cutOff = database.transaction(async (session) => {
      const hold = proxy.hold(() => true);
      const elsewhere = database.query('SELECT 1');
      const copied = session.copyIn('nowhere (value)', oneRow());
      const outcomes = await Promise.allSettled([
        elsewhere,
        copied,
        session.query('SELECT 1'),
        session.copyOut('SELECT 1'),
      ]);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: LOST });
      hold.release();
      await copied;
    });
    await expect(cutOff).rejects.toMatchObject(LOST);
    await vi.waitFor(() => database.query('SELECT 1'), { timeout: 60_000 });
    expect(database.state.isReachable).toBe(true);
  }, 90_000);

  it.each(['copyIn', 'copyOut'] as const)(
    'is given up in the middle of a %s',
    async (kind) => {
      await database.transaction(async (session) => {
        await session.run('CREATE TEMP TABLE silence (value int4) ON COMMIT DROP');
        await session.copyIn('silence (value)', oneRow());
        expect(await session.copyOut('SELECT value FROM silence')).toEqual(Buffer.from(oneRow()));
      });
      const cutOff = database.transaction(async (session) => {
        await session.run('CREATE TEMP TABLE silence (value int4) ON COMMIT DROP');
        proxy.hold(() => true);
        await (kind === 'copyIn'
          ? session.copyIn('silence (value)', oneRow())
          : session.copyOut('SELECT value FROM silence'));
      });
      await expect(cutOff).rejects.toMatchObject(LOST);
    },
    60_000,
  );

  it('is left its time for a change of the schema', async () => {
    const longer = `SELECT pg_sleep(${(1.5 * ANSWER_LIMIT_MS) / 1000})`;
    await expect(
      database.transaction((session) => session.run(longer), { mayTakeLong: true }),
    ).resolves.toBeUndefined();
    await expect(database.run(longer)).rejects.toMatchObject(LOST);
  }, 60_000);
});
