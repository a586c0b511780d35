import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { silentLog } from '../market/index.ts';
import { parsePostgresDsn } from '../store/index.ts';
import type { PostgresServer } from '../store/index.ts';
import { openPostgresStore } from '../store/postgres-store.ts';
import type { StoreEngine } from './store-contract.ts';

/** A database of its own in a given server. */
export interface TestDatabase {
  readonly dsn: string;
  readonly server: PostgresServer;
  /** As whoever the DSN names; answers the rows of the last statement. */
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  drop(): Promise<void>;
}

/** Created in the server of `serverDsn`, whose user may do everything. */
export async function createTestDatabase(serverDsn: string): Promise<TestDatabase> {
  const name = `tapedeck_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await runSql(serverDsn, `CREATE DATABASE ${name}`);
  const url = new URL(serverDsn);
  url.pathname = `/${name}`;
  return {
    dsn: url.href,
    server: parsePostgresDsn(url.href),
    run: (sql) => runSql(url.href, sql),
    drop: async () => {
      await runSql(serverDsn, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** One statement or several at once. */
export async function runSql(dsn: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: dsn });
  await client.connect();
  try {
    const answered = (await client.query<Record<string, unknown>>(sql)) as unknown;
    const last = (Array.isArray(answered) ? answered.at(-1) : answered) as {
      readonly rows: readonly Readonly<Record<string, unknown>>[];
    };
    return last.rows;
  } finally {
    await client.end();
  }
}

/** The store contract's engine on a database of its own. */
export async function openPostgresEngine(serverDsn: string): Promise<StoreEngine> {
  const database = await createTestDatabase(serverDsn);
  return {
    open: (schema) => openPostgresStore({ server: database.server, schema, log: silentLog }),
    tamper: async (_schema, sql) => {
      await database.run(sql);
    },
    bytesBeside: () => Promise.resolve(0),
    close: () => database.drop(),
  };
}
