import { createTestDatabase, runSql } from './test-database.ts';

export type TimescaleServer =
  | { readonly dsn: string; readonly license: string }
  /** One line for whoever reads the test report. */
  | { readonly dsn: null; readonly missing: string };

/**
 * The server for tests that need TimescaleDB: the one of `TAPEDECK_TEST_TIMESCALE`, whose failures are failures, else that of
 * `POSTGRES_DSN` where its user can make a database with the extension. Tests work in databases of their own; of the one that is
 * named nothing is read or written.
 */
export async function findTimescaleServer(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<TimescaleServer> {
  const named = environment['TAPEDECK_TEST_TIMESCALE'];
  if (named !== undefined) return { dsn: named, license: await licenseOf(named) };
  const dsn = environment['POSTGRES_DSN'];
  if (dsn === undefined || dsn === '') {
    return { dsn: null, missing: 'set TAPEDECK_TEST_TIMESCALE or POSTGRES_DSN to the DSN of a server that has it' };
  }
  try {
    const offered = await runSql(dsn, `SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'`);
    if (offered.length === 0) return { dsn: null, missing: 'the server of POSTGRES_DSN does not offer it' };
    return { dsn, license: await licenseOf(dsn) };
  } catch (error) {
    const why = error instanceof Error && error.message !== '' ? error.message : String(error);
    return { dsn: null, missing: `the server of POSTGRES_DSN cannot be used for them: ${why}` };
  }
}

/** `timescale` is the community edition, `apache` the other. */
async function licenseOf(serverDsn: string): Promise<string> {
  const database = await createTestDatabase(serverDsn);
  try {
    const rows = await database.run(
      `CREATE EXTENSION IF NOT EXISTS timescaledb; SELECT current_setting('timescaledb.license') AS license`,
    );
    return String(rows[0]?.['license']);
  } finally {
    await database.drop();
  }
}
