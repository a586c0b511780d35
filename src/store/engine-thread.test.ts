import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PREPARED_DATABASE_FILE, prepareEmbeddedDatabase } from '../../scripts/prepare-embedded-database.ts';
import { silentLog } from '../market/index.ts';
import { BinaryRows } from './binary-rows.ts';
import { ensureEmbeddedFolder } from './embedded-folder.ts';
import { PgliteDatabase } from './pglite-database.ts';
import { preparedDatabaseFile } from './sql-files.ts';

describe('the thread of the embedded engine', () => {
  let folder: string;
  let database: PgliteDatabase;
  const threads: Worker[] = [];
  const remember = (thread: Worker): number => threads.push(thread);

  beforeEach(async () => {
    process.on('worker', remember);
    await prepareEmbeddedDatabase(PREPARED_DATABASE_FILE);
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-thread-'));
    const directory = join(folder, 'database');
    await ensureEmbeddedFolder(directory, preparedDatabaseFile(), silentLog);
    database = await PgliteDatabase.open({ directory, schema: 'public', upkeep: [], log: silentLog });
    await database.run('CREATE TABLE kept (value int)');
  });

  afterEach(async () => {
    process.off('worker', remember);
    await database.close();
    threads.length = 0;
    await rm(folder, { recursive: true, force: true });
  });

  it('is started again when it dies: calls fail retryably until then, what was acknowledged is there', async () => {
    await database.prepareSessions('CREATE TEMP TABLE IF NOT EXISTS staging (value int)');
    await database.run('INSERT INTO kept VALUES (1)');
    const interrupted = database.transaction(async (session) => {
      await session.run('INSERT INTO kept VALUES (2)');
      await threads[0]?.terminate();
      await session.run('INSERT INTO kept VALUES (3)');
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'connection-lost', retryable: true });
    expect(database.state.isReachable).toBe(false);
    await expect(database.run('SELECT 1')).rejects.toMatchObject({ retryable: true });
    await vi.waitFor(() => expect(database.state.isReachable).toBe(true), { timeout: 20_000, interval: 50 });
    expect((await database.query('SELECT value FROM kept')).rows).toEqual([{ value: 1 }]);
    expect((await database.query('SELECT value FROM staging')).rows).toEqual([]);
    expect(threads).toHaveLength(2);
  });

  it('keeps the statements of one transaction together while others ask', async () => {
    const seen: unknown[] = [];
    const slow = database.transaction(async (session) => {
      await session.run('INSERT INTO kept VALUES (1)');
      await new Promise((resolve) => setImmediate(resolve));
      await session.run('DELETE FROM kept');
    });
    const count = database.query('SELECT count(*) AS count FROM kept').then(({ rows }) => seen.push(...rows));
    await Promise.all([slow, count]);
    expect(seen).toEqual([{ count: 0 }]);
  });

  it('names the SQLSTATE of a refused statement and goes on', async () => {
    await expect(database.query('SELECT nothing_of_that_name')).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('42703'),
      cause: { code: '42703' },
    });
    await expect(database.query('SELECT 9007199254740993')).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('9007199254740993'),
    });
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('leaves the bytes of a copy to the caller', async () => {
    const rows = new BinaryRows();
    rows.startRow(1);
    rows.int4(7);
    const bytes = rows.finish();
    await database.copyIn('kept (value)', bytes);
    await database.copyIn('kept (value)', bytes);
    expect((await database.query('SELECT value FROM kept')).rows).toEqual([{ value: 7 }, { value: 7 }]);
  });

  it('takes back a transaction that closing interrupts, and ends', async () => {
    const ended = new Promise((resolve) => threads[0]?.once('exit', resolve));
    const interrupted = database.transaction(async (session) => {
      await session.run('INSERT INTO kept VALUES (1)');
      void database.close();
      await session.run('INSERT INTO kept VALUES (2)');
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'closed' });
    await ended;
    const directory = join(folder, 'database');
    database = await PgliteDatabase.open({ directory, schema: 'public', upkeep: [], log: silentLog });
    expect((await database.query('SELECT value FROM kept')).rows).toEqual([]);
  });
});
