import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../market/index.ts';
import { startPostgresServer } from '../testing/postgres-server.ts';
import type { PostgresServer as RunningServer } from '../testing/postgres-server.ts';
import { describeStore } from '../testing/store-contract.ts';
import { createTestDatabase, openPostgresEngine } from '../testing/test-database.ts';
import type { TestDatabase } from '../testing/test-database.ts';
import { emptyBatch, positionOf, recordsOf, tradeOf } from '../testing/store-rows.ts';
import { parsePostgresDsn } from './index.ts';
import type { PostgresServer, Store } from './index.ts';
import { openPostgresStore } from './postgres-store.ts';

const dsn = process.env['TAPEDECK_TEST_POSTGRES'];

if (dsn === undefined) {
  describe.skip('the PostgreSQL store (skipped: TAPEDECK_TEST_POSTGRES names no server)', () => {
    it('needs a server', () => undefined);
  });
} else {
  describeStore('the PostgreSQL store', () => openPostgresEngine(dsn));

  describe('several hosts on one PostgreSQL', () => {
    let database: TestDatabase;
    let server: PostgresServer;

    beforeAll(async () => {
      database = await createTestDatabase(dsn);
      ({ server } = database);
    });

    afterAll(() => database.drop());

    it('migrate a fresh database at the same time without harm', async () => {
      const stores = await Promise.all(
        Array.from({ length: 5 }, () => openPostgresStore({ server, schema: 'tapedeck', log: silentLog })),
      );
      const versions = await Promise.all(stores.map(async (store) => (await store.status()).schemaVersion));
      expect(new Set(versions).size).toBe(1);
      await Promise.all(stores.map((store) => store.close()));
    });

    it('store a partition once when two of them believe they own it', async () => {
      const stores = await Promise.all(
        [1, 2].map(() => openPostgresStore({ server, schema: 'tapedeck_owners', log: silentLog })),
      );
      const position = positionOf(0);
      for (let round = 0; round < 20; round++) {
        const expected = await (stores[0] as Store).position(position);
        const trades = Array.from({ length: 50 }, (_, index) => tradeOf(round * 50 + index));
        const outcomes = await Promise.all(
          stores.map((store) =>
            store.persist({ ...emptyBatch(position, expected, (expected ?? 0) + 50), trades: recordsOf(trades) }),
          ),
        );
        expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['conflict', 'stored']);
      }
      expect(await stores[1]?.trades({ symbol: 'AAPL', fromMs: 0, toMs: null, limit: 10_000 })).toHaveLength(1000);
      await Promise.all(stores.map((store) => store.close()));
    });

    it('show closed live minutes to BI tools, and leave an existing relation alone', async () => {
      await database.run('SELECT id, symbol, timestamp, open, high, low, close, volume FROM public.stock_prices');
      await database.run('DROP VIEW public.stock_prices; CREATE TABLE public.stock_prices (mine int)');
      await (await openPostgresStore({ server, schema: 'tapedeck', log: silentLog })).close();
      await database.run('SELECT mine FROM public.stock_prices');
    });
  });
}

describe('a PostgreSQL that goes away', () => {
  let running: RunningServer | null = null;
  let reason = '';
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-outage-'));
    running = await startPostgresServer({ dataDirectory: join(folder, 'postgres') }).catch((error: unknown) => {
      reason = String(error);
      return null;
    });
  });

  afterAll(async () => {
    await running?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('fails calls with a retryable error, says so, and is found again', async ({ skip }) => {
    if (running === null) {
      skip(`no PostgreSQL to stop: ${reason}`);
      return;
    }
    const server = parsePostgresDsn(running.dsn);
    const store = await openPostgresStore({ server, schema: 'tapedeck', log: silentLog });
    const position = positionOf(0);
    await store.persist({ ...emptyBatch(position, null, 1), trades: recordsOf([tradeOf(1)]) });
    await running.crash();
    await expect(store.position(position)).rejects.toMatchObject({ code: 'connection-lost', retryable: true });
    expect((await store.status()).isReachable).toBe(false);
    await expect(openPostgresStore({ server, schema: 'tapedeck', log: silentLog })).rejects.toMatchObject({
      code: 'connection-lost',
      retryable: true,
    });
    await running.restart();
    await vi.waitFor(async () => expect((await store.status()).isReachable).toBe(true), { timeout: 30_000 });
    expect(await store.position(position)).toBe(1);
    const outcome = await store.persist({ ...emptyBatch(position, 1, 2), trades: recordsOf([tradeOf(1), tradeOf(2)]) });
    expect(outcome).toEqual({ kind: 'stored', newTrades: 1, repeatedTrades: 1 });
    await store.close();
  });
});
