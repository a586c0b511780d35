import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, createTestDatabase, runSql } from './test-database.ts';
import { findTimescaleServer } from './timescale-server.ts';

const servers = [process.env['TAPEDECK_TEST_POSTGRES'], process.env['TAPEDECK_TEST_TIMESCALE']].filter(
  (dsn) => dsn !== undefined,
);

describe('the server for tests of TimescaleDB', () => {
  it('is missing where nothing names one, or what is named does not answer', async () => {
    expect(await findTimescaleServer({})).toMatchObject({
      dsn: null,
      missing: expect.stringContaining('POSTGRES_DSN'),
    });
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const found = await findTimescaleServer({ POSTGRES_DSN: `postgresql://u:secret@127.0.0.1:${port}/d` });
    expect(found).toMatchObject({ dsn: null, missing: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(found)).not.toContain('secret');
  });
});

if (servers.length === 0) {
  describe.skip('POSTGRES_DSN as a server for tests (skipped: TAPEDECK_TEST_POSTGRES names no server)', () => {
    it('needs a server', () => undefined);
  });
}

describe.each(servers)('POSTGRES_DSN as a server for tests, server %#', (serverDsn) => {
  let theirs: TestDatabase;

  beforeEach(async () => {
    theirs = await createTestDatabase(serverDsn);
  });

  afterEach(() => theirs.drop());

  it('is used where it offers the extension, and its database stays as it is', async () => {
    const relations = `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`;
    const extensions = 'SELECT extname FROM pg_extension ORDER BY 1';
    const databases = `SELECT count(*)::int AS count FROM pg_database WHERE datname LIKE 'tapedeck\\_test\\_%'`;
    const before = [await theirs.run(relations), await theirs.run(extensions), await runSql(serverDsn, databases)];
    const offered = await theirs.run(`SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'`);
    const found = await findTimescaleServer({ POSTGRES_DSN: theirs.dsn });
    expect(found).toEqual(
      offered.length > 0
        ? { dsn: theirs.dsn, license: expect.stringMatching(/^(timescale|apache)$/) as string }
        : { dsn: null, missing: 'the server of POSTGRES_DSN does not offer it' },
    );
    const after = [await theirs.run(relations), await theirs.run(extensions), await runSql(serverDsn, databases)];
    expect(after).toEqual(before);
  });

  it('is left alone where its user may make no databases', async () => {
    const user = `${new URL(theirs.dsn).pathname.slice(1)}_poor`;
    await theirs.run(`CREATE ROLE ${user} LOGIN PASSWORD 'poor'`);
    try {
      const url = new URL(theirs.dsn);
      url.username = user;
      url.password = 'poor';
      expect(await findTimescaleServer({ POSTGRES_DSN: url.href })).toMatchObject({ dsn: null });
    } finally {
      await theirs.run(`DROP ROLE ${user}`);
    }
  });
});
