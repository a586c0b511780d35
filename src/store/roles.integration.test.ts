import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog, UNTOUCHED_BACKFILL } from '../market/index.ts';
import type { AlertRule } from '../market/index.ts';
import { BASE_MS, candleOf, emptyBatch, positionOf, recordsOf, tradeOf } from '../testing/store-rows.ts';
import { createTestDatabase, runSql } from '../testing/test-database.ts';
import type { TestDatabase } from '../testing/test-database.ts';
import { parsePostgresDsn } from './index.ts';
import type { Store } from './index.ts';
import { openPostgresStore } from './postgres-store.ts';
import { migrationsDirectory } from './sql-files.ts';

const servers = [process.env['TAPEDECK_TEST_POSTGRES'], process.env['TAPEDECK_TEST_TIMESCALE']].filter(
  (dsn) => dsn !== undefined,
);
const LOGINS = ['writer', 'desk', 'reader'] as const;
type Login = (typeof LOGINS)[number] | 'owner';
const DAY_MS = 86_400_000;

if (servers.length === 0) {
  describe.skip('least-privilege roles (skipped: TAPEDECK_TEST_POSTGRES names no server)', () => {
    it('needs a server', () => undefined);
  });
}

describe.each(servers)('least-privilege roles, server %#', (dsn) => {
  let database: TestDatabase;

  /** Roles belong to the whole server: the logins are those of this test alone. */
  const userOf = (login: Login): string =>
    login === 'owner' ? 'tapedeck_owner' : `${new URL(database.dsn).pathname.slice(1)}_${login}`;

  const dsnOf = (login: Login): string => {
    const url = new URL(database.dsn);
    url.username = userOf(login);
    return url.href;
  };

  const openAs = (login: Login, schema = 'tapedeck'): Promise<Store> =>
    openPostgresStore({ server: parsePostgresDsn(dsnOf(login)), schema, log: silentLog });

  beforeEach(async () => {
    database = await createTestDatabase(dsn);
    if (dsn === process.env['TAPEDECK_TEST_TIMESCALE'])
      await database.run('CREATE EXTENSION IF NOT EXISTS timescaledb');
    const script = await readFile(join(migrationsDirectory(), 'roles.sql'), 'utf8');
    await database.run(script);
    await database.run(script);
    for (const login of LOGINS) await database.run(`CREATE ROLE ${userOf(login)} LOGIN IN ROLE tapedeck_${login}`);
  });

  afterEach(async () => {
    const users = LOGINS.map(userOf);
    await database.drop();
    for (const user of users) await runSql(dsn, `DROP ROLE ${user}`);
  });

  it('let only the owner migrate, and say to everybody else what to do', async () => {
    for (const login of ['writer', 'desk', 'reader'] as const) {
      await expect(openAs(login)).rejects.toMatchObject({
        code: 'unauthorized',
        retryable: false,
        userMessage: expect.stringMatching(/schema tapedeck is not up to date.*npm run store -- migrate/) as string,
      });
    }
    await (await openAs('owner')).close();
    for (const login of ['writer', 'desk'] as const) await (await openAs(login)).close();
  });

  it('let a worker store, correct and delete, and no more', async () => {
    await (await openAs('owner')).close();
    const worker = await openAs('writer');
    const position = positionOf(0);
    const trades = Array.from({ length: 100 }, (_, index) => tradeOf(index));
    const batch = { ...emptyBatch(position, null, 1), trades: recordsOf(trades), candles: [candleOf()] };
    expect(await worker.persist(batch)).toMatchObject({ kind: 'stored', newTrades: 100 });
    await worker.persist({ ...emptyBatch(position, 1, 2), candles: [candleOf({ revision: 9 })] });
    await worker.saveCheckpoint({ key: 'k', savedMs: BASE_MS, version: 1, state: new Uint8Array(3) });
    expect(await worker.acquireLease('feed', 'me', BASE_MS, BASE_MS + 1)).toBe(true);
    await worker.recordError({ scope: 'test', code: 'internal', message: 'x', outcome: null }, BASE_MS);
    const policy = { tradesMs: DAY_MS, minuteCandlesMs: 100 * DAY_MS, maxBytes: 1 };
    expect(await worker.applyRetention(policy, BASE_MS + 3 * DAY_MS)).toMatchObject({ deletedTrades: 100 });
    await worker.close();
    await expect(runSql(dsnOf('writer'), 'DROP TABLE tapedeck.trades')).rejects.toThrow(/must be owner/);
    await expect(runSql(dsnOf('writer'), 'CREATE TABLE tapedeck.mine (id int)')).rejects.toThrow(/permission denied/);
    await expect(runSql(dsnOf('writer'), 'DELETE FROM tapedeck.schema_migrations')).rejects.toThrow(
      /permission denied/,
    );
  });

  it('let a desk watch, keep rules and work through ledgers, and not touch market data', async () => {
    await (await openAs('owner')).close();
    const desk = await openAs('desk');
    await desk.renewSubscriptions('desk', ['AAPL'], BASE_MS);
    const rule: AlertRule = {
      id: 'r',
      symbol: 'AAPL',
      condition: { kind: 'price-above', price: 1 },
      isEnabled: true,
      cooldownMs: 0,
      hysteresisPercent: 0,
      note: '',
      createdMs: BASE_MS,
      updatedMs: BASE_MS,
    };
    await desk.saveAlertRule(rule);
    await desk.deleteAlertRule('r');
    expect(
      await desk.candles({ symbol: 'AAPL', interval: '1m', source: null, fromMs: null, toMs: null, limit: 1 }),
    ).toEqual([]);
    await expect(
      desk.persist({ ...emptyBatch(positionOf(0), null, 1), trades: recordsOf([tradeOf(1)]) }),
    ).rejects.toMatchObject({ code: 'unauthorized' });
    await desk.close();
  });

  it('let a desk settle dead letters, ask for backfills and tell how it is, and no more', async () => {
    await (await openAs('owner')).close();
    const worker = await openAs('writer');
    const letter = { origin: 'trades', topic: 'trades', partition: 0, reason: 'odd', payload: '{}', timeMs: BASE_MS };
    const deadLetters = [0, 1].map((position) => ({ ...letter, position }));
    await worker.persist({ ...emptyBatch(positionOf(0), null, 1), deadLetters });
    await worker.close();
    const desk = await openAs('desk');
    const [first, second] = await desk.deadLetters({ fromMs: null, toMs: null, limit: 10 });
    if (first === undefined || second === undefined) throw new Error('the worker stored no dead letters');
    const claim = { claim: 'desk', nowMs: BASE_MS, untilMs: BASE_MS + 1 };
    await desk.claimDeadLetter(first.id, claim);
    await desk.settleDeadLetters('desk', [{ id: first.id, state: 'retried', reason: 'odd', outcome: 'sent' }], BASE_MS);
    expect(await desk.deadLetter(first.id)).toMatchObject({ state: 'retried', retries: 1 });
    expect(await desk.discardDeadLetter(second.id, BASE_MS)).toBe(true);
    expect(await desk.reopenDeadLetter(second.id)).toBe(true);
    const filter = { topic: null, reason: null, state: null, fromMs: null, toMs: null };
    const all = { afterId: 0, limit: 10 };
    expect(await desk.claimDeadLetters(filter, all, { ...claim, claim: 'all' })).toMatchObject([{ id: second.id }]);
    await desk.releaseDeadLetters('all');
    await desk.saveGap({
      id: 'wish',
      symbol: 'AAPL',
      reason: 'requested',
      fromMs: BASE_MS,
      toMs: BASE_MS + 60_000,
      lostCount: null,
      detail: '',
      backfilledMs: null,
    });
    expect(await desk.setBackfill('wish', { ...UNTOUCHED_BACKFILL, state: 'queued' }, BASE_MS)).toBe(true);
    expect(await desk.pendingGaps(10)).toMatchObject([{ id: 'wish', backfill: { state: 'queued' } }]);
    await desk.recordError({ scope: 'desk', code: 'internal', message: 'x', outcome: 'retried' }, BASE_MS);
    expect(await desk.errors({ fromMs: null, toMs: null, limit: 10 })).toHaveLength(1);
    await desk.saveHostReport('desk', '{}');
    await desk.dropHostReport('desk');
    await desk.close();
    const rights = await database.run(
      `SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type) AS rights
       FROM information_schema.role_table_grants
       WHERE grantee = 'tapedeck_desk' AND table_schema = 'tapedeck' AND privilege_type <> 'SELECT'
       GROUP BY table_name ORDER BY table_name`,
    );
    expect(Object.fromEntries(rights.map((row) => [row['table_name'], row['rights']]))).toEqual({
      alert_rules: 'DELETE INSERT UPDATE',
      dead_letters: 'UPDATE',
      errors: 'INSERT UPDATE',
      gaps: 'INSERT UPDATE',
      host_reports: 'DELETE INSERT UPDATE',
      subscriptions: 'DELETE INSERT UPDATE',
    });
    for (const statement of ['DELETE FROM tapedeck.gaps', 'DELETE FROM tapedeck.dead_letters']) {
      await expect(runSql(dsnOf('desk'), statement)).rejects.toThrow(/permission denied/);
    }
  });

  it('let a BI tool read everything and change nothing', async () => {
    await (await openAs('owner')).close();
    await runSql(dsnOf('reader'), 'SELECT * FROM public.stock_prices');
    await runSql(dsnOf('reader'), 'SELECT * FROM tapedeck.candles');
    await expect(runSql(dsnOf('reader'), 'DELETE FROM tapedeck.candles')).rejects.toThrow(/permission denied/);
    await expect(runSql(dsnOf('reader'), 'CREATE TEMP TABLE t (id int)')).rejects.toThrow(/permission denied/);
  });

  it('let an export read through the store and write nothing', async () => {
    const owner = await openAs('owner');
    await owner.persist({ ...emptyBatch(positionOf(0), null, 1), candles: [candleOf()] });
    await owner.close();
    const store = await openAs('reader');
    expect(await store.symbolsWithCandles()).toEqual([candleOf().symbol]);
    await expect(store.persist(emptyBatch(positionOf(0), 1, 2))).rejects.toMatchObject({ code: 'unauthorized' });
    await store.close();
  });
});
