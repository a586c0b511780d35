import { appendFile, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../market/index.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import type { TestDatabase } from '../testing/test-database.ts';
import { migrate } from './migrate.ts';
import type { MigratedSchema } from './migrate.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { migrationsDirectory } from './sql-files.ts';

const dsn = process.env['TAPEDECK_TEST_POSTGRES'];

if (dsn === undefined) {
  describe.skip('migrations (skipped: TAPEDECK_TEST_POSTGRES names no server)', () => {
    it('needs a server', () => undefined);
  });
} else {
  describe('migrations', () => {
    let database: TestDatabase;
    let folder: string;

    beforeEach(async () => {
      database = await createTestDatabase(dsn);
      folder = await mkdtemp(join(tmpdir(), 'tapedeck-migrations-'));
      await cp(migrationsDirectory(), folder, { recursive: true });
    });

    afterEach(async () => {
      await database.drop();
      await rm(folder, { recursive: true });
    });

    const run = async (): Promise<MigratedSchema> => {
      const opened = await PostgresDatabase.open({
        connection: { connectionString: database.dsn },
        label: 'test',
        schema: 'tapedeck_mock',
        connections: 2,
        log: silentLog,
      });
      try {
        return await migrate(opened, folder, silentLog);
      } finally {
        await opened.close();
      }
    };

    const tables = async (): Promise<number> =>
      (await database.run(`SELECT 1 FROM pg_tables WHERE schemaname = 'tapedeck_mock'`)).length;

    it('are applied once, whoever of five that start together does it', async () => {
      const outcomes = await Promise.all(Array.from({ length: 5 }, run));
      const files = (await readdir(folder, { recursive: true })).filter((name) => /(^|[/\\])\d{3}-/.test(name));
      const changes = outcomes.reduce((sum, outcome) => sum + outcome.changes, 0);
      const timescale = outcomes[0]?.timescale ?? null;
      if (timescale === null) expect(changes).toBe(files.filter((name) => !name.includes('timescale')).length);
      expect(new Set(outcomes.map(({ version }) => version)).size).toBe(1);
      expect(await run()).toMatchObject({ changes: 0 });
    });

    it('name the file that fails and leave nothing of it', async () => {
      await run();
      const before = await tables();
      await writeFile(join(folder, '900-broken.sql'), 'CREATE TABLE half (id int);\nCREATE TABLE half (id int);');
      await expect(run()).rejects.toMatchObject({
        message: expect.stringContaining('db/900-broken.sql failed on schema tapedeck_mock') as string,
        userMessage: expect.stringMatching(/900-broken\.sql.*already exists/) as string,
      });
      expect(await tables()).toBe(before);
      await writeFile(join(folder, '900-broken.sql'), 'CREATE TABLE half (id int);');
      expect(await run()).toMatchObject({ changes: 1, version: 900 });
    });

    it('notice a file that was edited after it had been applied, but not a comment', async () => {
      await run();
      const file = join(folder, '003-operation.sql');
      await appendFile(file, '\n  -- said better\n');
      expect(await run()).toMatchObject({ changes: 0 });
      await appendFile(file, 'CREATE TABLE more (id int);\n');
      await expect(run()).rejects.toMatchObject({
        code: 'unsupported',
        userMessage: expect.stringContaining('db/003-operation.sql differs') as string,
      });
    });

    it('take over a schema from before checksums were kept', async () => {
      await run();
      await database.run('ALTER TABLE tapedeck_mock.schema_migrations DROP COLUMN checksum');
      expect(await run()).toMatchObject({ changes: 0 });
      await writeFile(join(folder, '900-next.sql'), 'CREATE TABLE next (id int);');
      expect(await run()).toMatchObject({ changes: 1 });
    });

    it('refuse a schema that a newer program has migrated', async () => {
      await writeFile(join(folder, '900-next.sql'), 'CREATE TABLE next (id int);');
      await run();
      await rm(join(folder, '900-next.sql'));
      await expect(run()).rejects.toMatchObject({
        code: 'unsupported',
        userMessage: expect.stringContaining('schema version 900') as string,
      });
    });
  });
}
