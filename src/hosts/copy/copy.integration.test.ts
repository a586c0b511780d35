import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { datasetSchema, silentLog } from '../../market/index.ts';
import { acquireDataFolderLock, openEmbeddedStore } from '../../store/index.ts';
import type { CopiedTableSummary, Store } from '../../store/index.ts';
import { openPostgresStore } from '../../store/postgres-store.ts';
import { startTestHost } from '../../testing/host-test-host.ts';
import {
  BASE_MS,
  alertOf,
  candleOf,
  correctionOf,
  emptyBatch,
  indicatorSetOf,
  positionOf,
  recordsOf,
  tradeOf,
} from '../../testing/store-rows.ts';
import { createTestDatabase } from '../../testing/test-database.ts';
import type { TestDatabase } from '../../testing/test-database.ts';
import { runCommand } from '../run-command.ts';

const servers = [process.env['TAPEDECK_TEST_POSTGRES'], process.env['TAPEDECK_TEST_TIMESCALE']].filter(
  (dsn) => dsn !== undefined,
);
const DAY_MS = 86_400_000;
const TRADES = 30_000;
const CLI = join(import.meta.dirname, '../cli.ts');

if (servers.length === 0) {
  describe.skip('store copy (skipped: TAPEDECK_TEST_POSTGRES names no server)', () => {
    it('needs a server', () => undefined);
  });
}

describe.each(servers)('store copy, server %#', (dsn) => {
  let filled: string;
  let folder: string;
  let database: TestDatabase;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-filled-'));
    filled = folder;
    await inFolder('mock', fill);
  });

  afterAll(() => rm(filled, { recursive: true, force: true }));

  beforeEach(async () => {
    database = await createTestDatabase(dsn);
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-copy-'));
    await cp(filled, folder, { recursive: true });
  });

  afterEach(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function inFolder<T>(dataset: string, work: (store: Store) => Promise<T>): Promise<T> {
    const lock = await acquireDataFolderLock(folder, Date.now());
    const directory = join(folder, 'datasets', dataset, 'database');
    const store = await openEmbeddedStore({ lock, directory, schema: datasetSchema(dataset), log: silentLog });
    try {
      return await work(store);
    } finally {
      await store.close();
      await lock.release();
    }
  }

  const onServer = (dataset: string): Promise<Store> =>
    openPostgresStore({ server: database.server, schema: datasetSchema(dataset), log: silentLog });

  /** Prints over three days, and something of everything else. */
  async function fill(store: Store): Promise<void> {
    const trades = Array.from({ length: TRADES }, (_, index) =>
      tradeOf(index, { timeMs: BASE_MS + Math.floor((index / TRADES) * 3 * DAY_MS) }),
    );
    const candles = Array.from({ length: 3000 }, (_, index) => candleOf({ openTimeMs: BASE_MS + index * 60_000 }));
    const letter = { timeMs: BASE_MS, origin: 'test', topic: 'trades', partition: 0, reason: 'bad', payload: '{' };
    await store.persist({
      ...emptyBatch(positionOf(0), null, 1),
      trades: recordsOf([...trades, correctionOf('7'), correctionOf('8')]),
      candles,
      indicators: candles.slice(0, 100).map((candle) => indicatorSetOf(candle)),
      alerts: [alertOf(1), alertOf(2)],
      deadLetters: [
        { ...letter, position: 5 },
        { ...letter, partition: null, position: null },
        { ...letter, partition: null, position: null },
      ],
    });
    // Once more: a repeat that the ledger of quality counts.
    await store.persist({ ...emptyBatch(positionOf(0), 1, 2), trades: recordsOf(trades.slice(0, 1)) });
    await store.saveInstruments([
      {
        symbol: 'AAPL',
        name: "Apple 'Inc'",
        sector: 'Tech',
        industry: 'Phones',
        exchange: 'XNAS',
        calendar: 'us-equities',
        priceDecimals: 2,
      },
    ]);
    await store.saveGap({
      id: 'gap',
      symbol: null,
      reason: 'disconnect',
      fromMs: BASE_MS,
      toMs: BASE_MS + 1000,
      lostCount: null,
      detail: '',
      backfilledMs: null,
    });
    await store.claimDelivery('alert-1', 'webhook', BASE_MS);
    await store.recordError({ scope: 'test', code: 'internal', message: 'x', outcome: null }, BASE_MS);
  }

  const environment = (): Readonly<Record<string, string>> => ({
    TAPEDECK_DATA_DIR: folder,
    POSTGRES_DSN: database.dsn,
    KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:9',
  });

  async function copy(...args: readonly string[]): Promise<{
    readonly code: number;
    readonly err: string;
    readonly summaries: readonly CopiedTableSummary[];
  }> {
    let out = '';
    let err = '';
    const code = await runCommand(['store', 'copy', ...args, '--json'], {
      environment: environment(),
      workingDir: folder,
      standardOutput: new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          out += chunk.toString('utf8');
          done();
        },
      }),
      writeError: (line) => {
        err += line;
      },
      stop: new AbortController().signal,
    });
    return { code, err, summaries: out === '' ? [] : (JSON.parse(out) as readonly CopiedTableSummary[]) };
  }

  const outOfFolder = ['--from', 'embedded', '--to', 'remote', '--dataset', 'mock'] as const;
  const summaryOf = (summaries: readonly CopiedTableSummary[], table: string): CopiedTableSummary | undefined =>
    summaries.find((summary) => summary.table === table);

  it('brings everything over, and nothing a second time', async () => {
    const first = await copy(...outOfFolder);
    expect(first.err).not.toMatch(/tapedeck:/);
    expect(first.code).toBe(0);
    expect(first.summaries.map(({ verified }) => verified)).toEqual(first.summaries.map(() => 'identical'));
    expect(summaryOf(first.summaries, 'trades')).toMatchObject({ days: 4, sourceRows: TRADES, written: TRADES });
    expect(summaryOf(first.summaries, 'dead_letters')).toMatchObject({ sourceRows: 3, targetRows: 3 });
    expect(first.summaries.filter(({ sourceRows }) => sourceRows === 0).map(({ table }) => table)).toEqual([
      'alert_rules',
    ]);

    const again = await copy(...outOfFolder);
    expect(again.code).toBe(0);
    expect(again.summaries.reduce((sum, { written }) => sum + written, 0)).toBe(0);

    const store = await onServer('mock');
    const range = { symbol: 'AAPL', fromMs: null, toMs: null, limit: 10 };
    const here = await inFolder('mock', (source) => source.trades(range));
    expect(await store.trades(range)).toEqual(here);
    expect((await store.instruments())[0]?.industry).toBe('Phones');
    // Positions in the log of another bus would make a worker pass over messages.
    expect(await store.position(positionOf(0))).toBeNull();
    await store.close();
  });

  // What the server is makes no difference to the rest.
  if (dsn !== servers[0]) return;

  it('goes on after kill -9 from where it was, and loses nothing', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', CLI, 'store', 'copy', ...outOfFolder], {
      env: { ...process.env, ...environment() },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await linesUntil(child, /^trades .*(copied|copying)/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [{ rows: copiedBefore } = { rows: 0 }] = (await database.run(
      'SELECT count(*)::int AS rows FROM tapedeck_mock.trades',
    )) as readonly { readonly rows: number }[];
    expect(copiedBefore).toBeLessThan(TRADES);

    const second = await copy(...outOfFolder);
    expect(second.code).toBe(0);
    expect(summaryOf(second.summaries, 'trades')).toMatchObject({
      written: TRADES - copiedBefore,
      targetRows: TRADES,
      verified: 'identical',
    });
  });

  it('goes on within a day', async () => {
    await copy(...outOfFolder);
    // As a copy that died in the first hours of the second day left it.
    await database.run(
      `DELETE FROM tapedeck_mock.trades WHERE time >= '2026-07-14 06:00Z';
       UPDATE tapedeck_mock.copy_progress SET is_finished = false, copied_until = '2026-07-14 06:00Z'
       WHERE table_name = 'trades' AND day LIKE '2026-07-14%'`,
    );
    const again = await copy(...outOfFolder);
    expect(again.err).toMatch(/trades 2026-07-14: [1-9]\d* of \d+ rows, resuming/);
    expect(summaryOf(again.summaries, 'trades')).toMatchObject({
      targetRows: TRADES,
      missing: 0,
      verified: 'identical',
    });
  });

  it('keeps what the target knows better, and finds what somebody deleted there', async () => {
    await copy(...outOfFolder);
    const target = await onServer('mock');
    await target.persist({
      ...emptyBatch(positionOf(0), null, 1),
      trades: recordsOf([tradeOf(1, { id: 'only here' })]),
      candles: [candleOf({ revision: 9, close: 77 })],
    });
    await target.close();
    await database.run(`DELETE FROM tapedeck_mock.trades WHERE id = '100'`);
    const again = await copy(...outOfFolder);
    expect(again.code).toBe(0);
    expect(summaryOf(again.summaries, 'trades')).toMatchObject({
      written: 1,
      missing: 0,
      targetRows: TRADES + 1,
      verified: 'contained',
    });
    expect(summaryOf(again.summaries, 'candles')).toMatchObject({ kept: 1, written: 0, verified: 'contained' });
    expect(await database.run(`SELECT close FROM tapedeck_mock.candles WHERE revision = 9`)).toEqual([{ close: 77 }]);
  });

  it('goes the other way too', async () => {
    const source = await onServer('live');
    await fill(source);
    await source.close();
    const { code, summaries } = await copy('--from', 'remote', '--to', 'embedded', '--dataset', 'live');
    expect(code).toBe(0);
    expect(summaryOf(summaries, 'trades')).toMatchObject({ written: TRADES, verified: 'identical' });
    const range = { symbol: 'AAPL', fromMs: 0, toMs: null, limit: 100_000 };
    expect(await inFolder('live', (store) => store.trades(range))).toHaveLength(TRADES);
  });

  it('goes through the instance that holds the folder', async () => {
    const host = await startTestHost({ kind: 'worker', dataDir: folder, args: [], ui: null });
    try {
      const { code, err, summaries } = await copy(...outOfFolder);
      expect(err).not.toMatch(/tapedeck:/);
      expect(code).toBe(0);
      expect(summaryOf(summaries, 'trades')?.targetRows).toBeGreaterThanOrEqual(TRADES);
      expect(summaries.every(({ missing }) => missing === 0)).toBe(true);
    } finally {
      await host.close();
    }
  });

  it('refuses a target that a newer program has migrated, and a dataset that is not there', async () => {
    await (await onServer('mock')).close();
    await database.run(
      `INSERT INTO tapedeck_mock.schema_migrations (kind, version, name) VALUES ('plain', 999, 'from-the-future')`,
    );
    const newer = await copy(...outOfFolder);
    expect(newer).toMatchObject({ code: 1, summaries: [] });
    expect(newer.err).toMatch(/newer TapeDeck/);
    const missing = await copy('--from', 'embedded', '--to', 'remote', '--dataset', 'live');
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.err).toMatch(/nothing of dataset live. There is mock/);
    expect(await copy('--from', 'remote', '--to', 'remote')).toMatchObject({ code: 2 });
  });
});

async function linesUntil(child: ChildProcess, pattern: RegExp): Promise<void> {
  if (child.stderr === null) return;
  for await (const line of createInterface({ input: child.stderr })) if (pattern.test(line)) return;
}
