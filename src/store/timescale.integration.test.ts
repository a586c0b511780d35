import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../market/index.ts';
import { describeStore } from '../testing/store-contract.ts';
import {
  BASE_MS,
  candleOf,
  emptyBatch,
  indicatorSetOf,
  positionOf,
  recordsOf,
  tradeOf,
} from '../testing/store-rows.ts';
import { createTestDatabase, openPostgresEngine } from '../testing/test-database.ts';
import type { TestDatabase } from '../testing/test-database.ts';
import { findTimescaleServer } from '../testing/timescale-server.ts';
import type { Store } from './index.ts';
import { migrate } from './migrate.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { openPostgresStore } from './postgres-store.ts';
import { migrationsDirectory } from './sql-files.ts';

const server = await findTimescaleServer(process.env);
const isApache = server.dsn !== null && server.license === 'apache';
/** A test of the other edition is not a test that was skipped. */
const ofCommunityEdition = isApache ? (): void => undefined : it;
const ofApacheEdition = isApache ? it : (): void => undefined;
const HYPERTABLES = ['candles', 'indicators', 'trades'];
const DAY_MS = 86_400_000;

if (server.dsn === null) {
  describe.skip(`the TimescaleDB store (skipped: ${server.missing})`, () => {
    it('needs a server with TimescaleDB', () => undefined);
  });
} else {
  const { dsn } = server;
  describeStore('the TimescaleDB store', () => openPostgresEngine(dsn));

  describe('TimescaleDB', () => {
    let database: TestDatabase;

    beforeEach(async () => {
      database = await createTestDatabase(dsn);
    });

    afterEach(() => database.drop());

    const openStore = (schema = 'tapedeck'): Promise<Store> =>
      openPostgresStore({ server: database.server, schema, log: silentLog });

    const hypertables = async (schema: string): Promise<readonly unknown[]> =>
      (
        await database.run(
          `SELECT hypertable_name AS name FROM timescaledb_information.hypertables
           WHERE hypertable_schema = '${schema}' ORDER BY 1`,
        )
      ).map(({ name }) => name);

    const compress = async (schema: string): Promise<number> => {
      const rows = await database.run(
        `SELECT compress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass)
         FROM timescaledb_information.chunks WHERE hypertable_schema = '${schema}'`,
      );
      return rows.length;
    };

    it('is what the store says it runs on, one set of hypertables a dataset', async () => {
      for (const schema of ['tapedeck', 'tapedeck_mock', 'tapedeck_replay_day']) {
        const store = await openStore(schema);
        expect((await store.status()).engine).toBe('timescale');
        await store.close();
        expect(await hypertables(schema)).toEqual(HYPERTABLES);
      }
    });

    it('takes over the rows of a plain PostgreSQL that gains the extension later', async () => {
      await database.run('CREATE SCHEMA tapedeck');
      const plain = await PostgresDatabase.open({
        connection: { connectionString: database.dsn },
        label: 'plain',
        schema: 'tapedeck',
        connections: 1,
        log: silentLog,
      });
      // Without the folder of its files the extension is not used: the tables of a server without it.
      const folder = await mkdtemp(join(tmpdir(), 'tapedeck-plain-'));
      for (const name of await readdir(migrationsDirectory()))
        if (name.endsWith('.sql')) await cp(join(migrationsDirectory(), name), join(folder, name));
      await cp(join(migrationsDirectory(), 'live'), join(folder, 'live'), { recursive: true });
      await mkdir(join(folder, 'timescale/community'), { recursive: true });
      await migrate(plain, folder, silentLog);
      await plain.run(
        `INSERT INTO trades (time, time_ns, symbol, exchange, id, price, size, tape, conditions, source, provider, received)
         SELECT t, 0, 'AAPL', 'V', n::text, 1, 1, 'C', '{}', 'live', 'x', t
         FROM (SELECT n, timestamptz '2026-07-13Z' + n * interval '1 minute' AS t FROM generate_series(1, 3000) n) AS made`,
      );
      await plain.close();
      await rm(folder, { recursive: true });
      expect(await hypertables('tapedeck')).toEqual([]);

      const stores = await Promise.all(Array.from({ length: 5 }, () => openStore()));
      expect(await hypertables('tapedeck')).toEqual(HYPERTABLES);
      expect(await stores[0]?.trades({ symbol: 'AAPL', fromMs: 0, toMs: null, limit: 10_000 })).toHaveLength(3000);
      const chunks = await database.run(
        `SELECT count(*)::int AS count FROM timescaledb_information.chunks WHERE hypertable_name = 'trades'`,
      );
      expect(chunks).toEqual([{ count: 9 }]);
      await Promise.all(stores.map((store) => store.close()));
    });

    ofCommunityEdition('takes late prints, repeats and revisions in what is compressed', async () => {
      const store = await openStore();
      const position = positionOf(0);
      const trades = Array.from({ length: 3000 }, (_, index) => tradeOf(index));
      const candles = Array.from({ length: 300 }, (_, index) =>
        candleOf({
          openTimeMs: BASE_MS + (index % 100) * 60_000,
          symbol: `S${Math.floor(index / 100)}`,
          isClosed: true,
        }),
      );
      const indicators = candles.map((candle) => indicatorSetOf(candle));
      await store.persist({ ...emptyBatch(position, null, 1), trades: recordsOf(trades), candles, indicators });
      expect(await compress('tapedeck')).toBe(3);

      const late = tradeOf(5000, { timeMs: BASE_MS + 7, id: 'late' });
      // A store that remembers nothing: the repeats are found by the database alone.
      const other = await openStore();
      const outcome = await other.persist({
        ...emptyBatch(position, 1, 2),
        trades: recordsOf([...trades.slice(0, 500), late]),
        candles: candles.map((candle, index) => ({ ...candle, revision: index < 150 ? 4 : 2, close: 77 })),
        indicators: indicators.map((set) => ({ ...set, revision: 4, values: { sma20: 1 } })),
      });
      expect(outcome).toEqual({ kind: 'stored', newTrades: 1, repeatedTrades: 500 });
      const range = { fromMs: 0, toMs: null, limit: 10_000 };
      expect(await store.trades({ symbol: 'AAPL', ...range })).toHaveLength(3001);
      const closes = await Promise.all(
        ['S0', 'S1', 'S2'].map((symbol) => store.candles({ symbol, interval: '1m', source: null, ...range })),
      );
      expect(closes.flat().filter(({ close }) => close === 77)).toHaveLength(150);
      expect(closes.flat()).toHaveLength(300);
      const sets = await store.indicators({ symbol: 'S2', interval: '1m', ...range });
      expect(sets.map(({ values }) => values['sma20'])).toEqual(Array.from({ length: 100 }, () => 1));
      await other.close();
      await store.close();
    });

    ofCommunityEdition('deletes what is compressed by age and by size', async () => {
      const store = await openStore();
      const days = [0, 100, 900];
      const candles = days.flatMap((day) =>
        (['1m', '1d'] as const).map((interval) => candleOf({ openTimeMs: BASE_MS + day * DAY_MS, interval })),
      );
      const trades = Array.from({ length: 40_000 }, (_, index) =>
        tradeOf(index, { timeMs: BASE_MS + 899 * DAY_MS + index * 5000 }),
      );
      const indicators = candles.map((candle) => indicatorSetOf(candle));
      await store.persist({ ...emptyBatch(positionOf(0), null, 1), trades: recordsOf(trades), candles, indicators });
      await compress('tapedeck');
      const policy = { tradesMs: 2 * DAY_MS, minuteCandlesMs: 730 * DAY_MS, maxBytes: null };
      const nowMs = BASE_MS + 902 * DAY_MS;
      const byAge = await store.applyRetention(policy, nowMs);
      expect(byAge.deletedCandles).toBe(2);
      expect(byAge.deletedTrades).toBeGreaterThan(10_000);
      const range = { symbol: 'AAPL', fromMs: 0, toMs: null, limit: 50_000 };
      expect(await store.candles({ ...range, interval: '1d', source: null })).toHaveLength(3);
      expect(await store.candles({ ...range, interval: '1m', source: null })).toHaveLength(1);

      const bytesBefore = (await store.status()).sizeBytes ?? 0;
      const bySize = await store.applyRetention({ ...policy, maxBytes: bytesBefore - 1 }, nowMs);
      expect(bySize.deletedTrades).toBeGreaterThan(0);
      expect((await store.status()).sizeBytes).toBeLessThan(bytesBefore);
      const kept = await store.trades(range);
      expect(kept.at(-1)?.id).toBe('39999');
      expect(byAge.deletedTrades + bySize.deletedTrades + kept.length).toBe(40_000);
      await store.close();
    });

    ofCommunityEdition('counts prints and volume a minute and an hour, also after the prints are gone', async () => {
      const store = await openStore();
      const trades = Array.from({ length: 120 }, (_, index) => tradeOf(index, { timeMs: BASE_MS + index * 1000 }));
      await store.persist({ ...emptyBatch(positionOf(0), null, 1), trades: recordsOf(trades) });
      const perMinute = `SELECT trades::int, volume FROM tapedeck.trades_per_minute WHERE symbol = 'AAPL' ORDER BY minute`;
      const minutes = [
        { trades: 60, volume: 6000 },
        { trades: 60, volume: 6000 },
      ];
      expect(await database.run(perMinute)).toEqual(minutes);
      await database.run(`CALL refresh_continuous_aggregate('tapedeck.trades_per_minute', NULL, NULL)`);
      await database.run(`CALL refresh_continuous_aggregate('tapedeck.trades_per_hour', NULL, NULL)`);
      const policy = { tradesMs: 2 * DAY_MS, minuteCandlesMs: 730 * DAY_MS, maxBytes: null };
      expect(await store.applyRetention(policy, BASE_MS + 10 * DAY_MS)).toMatchObject({ deletedTrades: 120 });
      expect(await database.run(perMinute)).toEqual(minutes);
      expect(await database.run(`SELECT trades::int, volume FROM tapedeck.trades_per_hour`)).toEqual([
        { trades: 120, volume: 12_000 },
      ]);
      await store.close();
    });

    ofCommunityEdition('runs its jobs at different times, and none on a replay', async () => {
      const jobs = (schema: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
        database.run(
          `SELECT proc_name AS kind, initial_start::text AS start FROM timescaledb_information.jobs
           WHERE hypertable_schema = '${schema}' OR (proc_name <> 'policy_compression' AND hypertable_name IN (
             SELECT materialization_hypertable_name FROM timescaledb_information.continuous_aggregates
             WHERE view_schema = '${schema}'))`,
        );
      for (const schema of ['tapedeck', 'tapedeck_replay_day']) await (await openStore(schema)).close();
      const found = await jobs('tapedeck');
      expect(found.map(({ kind }) => String(kind)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
        'policy_compression',
        'policy_compression',
        'policy_compression',
        'policy_refresh_continuous_aggregate',
        'policy_refresh_continuous_aggregate',
        'policy_retention',
        'policy_retention',
      ]);
      expect(new Set(found.map(({ start }) => start)).size).toBe(found.length);
      expect(await jobs('tapedeck_replay_day')).toEqual([]);
    });

    ofApacheEdition('leaves out what the Apache edition lacks and says so', async () => {
      const lines: unknown[] = [];
      const log = { ...silentLog, info: (...line: readonly unknown[]) => void lines.push(line) };
      const store = await openPostgresStore({ server: database.server, schema: 'tapedeck', log });
      expect(lines).toContainEqual([
        { schema: 'tapedeck', skipped: 'compression, statistics' },
        'the Apache edition of TimescaleDB lacks some features: skipped',
      ]);
      expect(await hypertables('tapedeck')).toEqual(HYPERTABLES);
      await store.close();
    });

    it('takes migrations that come after the tables became hypertables', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tapedeck-later-'));
      await cp(migrationsDirectory(), folder, { recursive: true });
      const later = (await readdir(folder)).filter((name) => /^\d{3}-/.test(name) && name > '004');
      for (const name of later) await rm(join(folder, name));
      await database.run('CREATE SCHEMA tapedeck');
      const first = await PostgresDatabase.open({
        connection: { connectionString: database.dsn },
        label: 'first',
        schema: 'tapedeck',
        connections: 1,
        log: silentLog,
      });
      await migrate(first, folder, silentLog);
      await first.close();
      await rm(folder, { recursive: true });
      const store = await openStore();
      await store.persist({ ...emptyBatch(positionOf(0), null, 1), trades: recordsOf([tradeOf(1)]) });
      await store.close();
    });
  });
}
