import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TapedeckError } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import { databaseError } from './database-error.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';

const FILE_NAME = /^(\d{3})-[a-z0-9-]+\.sql$/;
const LIVE_SCHEMA = 'tapedeck';

/** `timescale` files count apart: they run whenever the extension turns up. */
type MigrationKind = 'plain' | 'timescale';

interface Migration {
  readonly kind: MigrationKind;
  readonly version: number;
  readonly name: string;
  readonly script: string;
}

export interface MigratedSchema {
  readonly version: number;
  /** Schema of the TimescaleDB extension; null on plain PostgreSQL. */
  readonly timescaleSchema: string | null;
}

/**
 * Brings the dataset's schema to the version of the files, forward only. Openers that come at the same time wait for each
 * other. Rejects with `unsupported` when the schema is newer than this program.
 */
export async function migrate(database: SqlDatabase, directory: string, log: Log): Promise<MigratedSchema> {
  const migrations = await readMigrations(directory, 'plain');
  await database.transaction(async (session) => {
    await lockSchema(session, database.schema);
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${database.schema};
      CREATE TABLE IF NOT EXISTS ${database.schema}.schema_migrations (
        kind text NOT NULL, version integer NOT NULL, name text NOT NULL, applied timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (kind, version))`);
  });
  const applied = await appliedVersions(database);
  refuseNewer(database.schema, applied, migrations);
  for (const migration of migrations) {
    if (!applied.has(migration.version)) await apply(database, migration, '', log);
  }
  const timescaleSchema = await migrateTimescale(database, join(directory, 'timescale'), log);
  if (database.schema === LIVE_SCHEMA) await createStockPrices(database, join(directory, 'live'), log);
  return { version: migrations.at(-1)?.version ?? 0, timescaleSchema };
}

async function readMigrations(directory: string, kind: MigrationKind): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => FILE_NAME.test(name)).sort();
  return Promise.all(
    names.map(async (name) => ({
      kind,
      version: Number(name.slice(0, 3)),
      name: name.slice(4, -'.sql'.length),
      script: await readFile(join(directory, name), 'utf8'),
    })),
  );
}

/** Held to the end of the transaction. */
async function lockSchema(session: SqlSession, schema: string): Promise<void> {
  await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`tapedeck schema ${schema}`]);
}

async function appliedVersions(database: SqlDatabase): Promise<ReadonlySet<number>> {
  const { rows } = await database.query<{ readonly version: number }>(
    `SELECT version FROM schema_migrations WHERE kind = 'plain'`,
  );
  return new Set(rows.map(({ version }) => version));
}

function refuseNewer(schema: string, applied: ReadonlySet<number>, migrations: readonly Migration[]): void {
  const known = migrations.at(-1)?.version ?? 0;
  const found = Math.max(0, ...applied);
  if (found <= known) return;
  throw new TapedeckError('unsupported', `Schema ${schema} is at version ${found}, this program knows ${known}`, {
    userMessage: `The stored data was written by a newer TapeDeck (schema version ${found}, this one knows ${known}). Start the newer version.`,
  });
}

async function apply(database: SqlDatabase, migration: Migration, searchPath: string, log: Log): Promise<void> {
  const { kind, version, name } = migration;
  const isApplied = async (session: SqlSession): Promise<boolean> =>
    (await session.query('SELECT 1 FROM schema_migrations WHERE kind = $1 AND version = $2', [kind, version])).rows
      .length > 0;
  if (await isApplied(database)) return;
  await database.transaction(async (session) => {
    await lockSchema(session, database.schema);
    if (await isApplied(session)) return;
    if (searchPath !== '') await session.run(`SET LOCAL search_path TO ${searchPath}`);
    await session.run(migration.script);
    await session.query('INSERT INTO schema_migrations (kind, version, name) VALUES ($1, $2, $3)', [
      kind,
      version,
      name,
    ]);
  });
  log.info({ schema: database.schema, migration: `${kind} ${version} ${name}` }, 'migration applied');
}

async function migrateTimescale(database: SqlDatabase, directory: string, log: Log): Promise<string | null> {
  const extension = await timescaleSchemaOf(database);
  if (extension === null) {
    log.info({ schema: database.schema }, 'no TimescaleDB here: plain tables');
    return null;
  }
  for (const migration of await readMigrations(directory, 'timescale')) {
    await apply(database, migration, `${database.schema}, ${extension}`, log);
  }
  return extension;
}

/** Installs the extension where the server offers it and the user may. */
async function timescaleSchemaOf(database: SqlDatabase): Promise<string | null> {
  if (database.engine === 'embedded') return null;
  const find = async (): Promise<string | null> => {
    const { rows } = await database.query<{ readonly name: string }>(
      `SELECT quote_ident(n.nspname) AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
       WHERE e.extname = 'timescaledb'`,
    );
    return rows[0]?.name ?? null;
  };
  const installed = await find();
  if (installed !== null) return installed;
  // Unless the library was preloaded (its settings then exist), creating the extension would end the connection.
  const { rows } = await database.query(
    `SELECT 1 FROM pg_available_extensions
     WHERE name = 'timescaledb' AND current_setting('timescaledb.disable_load', true) IS NOT NULL`,
  );
  if (rows.length === 0) return null;
  try {
    await database.run('CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public');
  } catch (error) {
    if (databaseError(error).code === 'connection-lost') throw error;
    return null;
  }
  return find();
}

/** The view belongs to whoever made one first: an existing relation of that name is left alone. */
async function createStockPrices(database: SqlDatabase, directory: string, log: Log): Promise<void> {
  const { rows } = await database.query(`SELECT 1 WHERE to_regclass('public.stock_prices') IS NOT NULL`);
  if (rows.length > 0) return;
  const script = await readFile(join(directory, 'stock-prices-view.sql'), 'utf8');
  try {
    await database.transaction(async (session) => {
      await lockSchema(session, 'public.stock_prices');
      const { rows } = await session.query(`SELECT 1 WHERE to_regclass('public.stock_prices') IS NOT NULL`);
      if (rows.length === 0) await session.run(script);
    });
  } catch (error) {
    const { code, message } = databaseError(error);
    if (code === 'connection-lost') throw error;
    log.warn({ reason: message }, 'view public.stock_prices not created');
  }
}
