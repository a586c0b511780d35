import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../market/index.ts';
import { parsePostgresDsn } from './index.ts';
import { PostgresDatabase } from './postgres-database.ts';

const dsn = process.env['TAPEDECK_TEST_POSTGRES'];
const LONGER_THAN_ALLOWED_MS = 11_000;

describe.skipIf(dsn === undefined)('a transaction that stands still (needs TAPEDECK_TEST_POSTGRES)', () => {
  it('is given up by the server, so that its locks hold up nobody, and can be tried again', async () => {
    const { host, port, database: name, user } = parsePostgresDsn(dsn ?? '');
    const connection = { host, port, database: name, user };
    const options = { connection, label: 'PostgreSQL', schema: 'public', connections: 2, log: silentLog };
    const database = await PostgresDatabase.open(options);
    const lock = 'SELECT pg_advisory_xact_lock(20260713)';
    const standing = database.transaction(async (session) => {
      await session.query(lock);
      await delay(LONGER_THAN_ALLOWED_MS);
      await session.query('SELECT 1');
    });
    await expect(standing).rejects.toMatchObject({ code: 'connection-lost', retryable: true });
    await vi.waitFor(() => database.transaction((session) => session.query(lock)), { timeout: 30_000 });
    await database.close();
  });
});
