import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../market/index.ts';
import { databaseError } from './database-error.ts';
import { readMigrations } from './migration-files.ts';
import { MAY_TAKE_LONG, SchemaHistory, lockSchema } from './schema-history.ts';
import type { SqlDatabase } from './sql-database.ts';
import { timescaleOf } from './timescale-extension.ts';
import type { TimescaleExtension } from './timescale-extension.ts';

const LIVE_SCHEMA = 'tapedeck';

export interface MigratedSchema {
  readonly version: number;
  /** Null on plain PostgreSQL. */
  readonly timescale: TimescaleExtension | null;
  /** Migrations that this call has applied. */
  readonly changes: number;
}

/**
 * Brings the dataset's schema to the version of the files, forward only. Openers that come at the same time wait for each
 * other; where nothing is to do, reading is enough. Rejects with `unsupported` when the schema is newer than this program or
 * a file is not what was applied, with `unauthorized` when the user may not do what is to do.
 */
export async function migrate(database: SqlDatabase, directory: string, log: Log): Promise<MigratedSchema> {
  const migrations = await readMigrations(directory, 'plain');
  const history = await SchemaHistory.read(database, log);
  await history.applyAll(migrations);
  const timescale = await migrateTimescale(database, directory, history, log);
  if (database.schema === LIVE_SCHEMA) await createStockPrices(database, join(directory, 'live'), log);
  if (history.changes > 0) await grantRoles(database, directory);
  return { version: migrations.at(-1)?.version ?? 0, timescale, changes: history.changes };
}

/** Gives the roles of `db/roles.sql`, where they exist, what they need in this schema. */
export async function grantRoles(database: SqlDatabase, directory: string): Promise<void> {
  if (database.engine === 'embedded') return;
  const script = await readFile(join(directory, 'grants.sql'), 'utf8');
  await database.transaction(async (session) => {
    await lockSchema(session, database.schema);
    await session.run(script);
  }, MAY_TAKE_LONG);
}

async function migrateTimescale(
  database: SqlDatabase,
  directory: string,
  history: SchemaHistory,
  log: Log,
): Promise<TimescaleExtension | null> {
  const timescale = await timescaleOf(database, log);
  if (timescale === null) {
    log.info({ schema: database.schema }, 'no TimescaleDB here: plain tables');
    return null;
  }
  const searchPath = `${database.schema}, ${timescale.schema}`;
  await history.applyAll(await readMigrations(directory, 'timescale'), searchPath);
  const community = await readMigrations(directory, 'timescale-community');
  if (timescale.hasCommunityFeatures) await history.applyAll(community, searchPath);
  else {
    const skipped = community.map(({ name }) => name).join(', ');
    log.info({ schema: database.schema, skipped }, 'the Apache edition of TimescaleDB lacks some features: skipped');
  }
  return timescale;
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
    }, MAY_TAKE_LONG);
  } catch (error) {
    const { code, message } = databaseError(error);
    if (code === 'connection-lost') throw error;
    log.warn({ reason: message }, 'view public.stock_prices not created');
  }
}
