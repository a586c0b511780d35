import type { Log } from '../market/index.ts';
import { databaseError } from './database-error.ts';
import type { SqlDatabase } from './sql-database.ts';

/** From here on rows can be inserted, updated and deleted in compressed chunks as everywhere else. */
const OLDEST_VERSION = [2, 16] as const;

/** Late rows unpack what their keys may be in, a thousand rows for each: a batch of them passes the limit that stands by default. */
export const UNPACK_WITHOUT_LIMIT = 'SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0;';

export interface TimescaleExtension {
  /** Where its functions are, quoted. */
  readonly schema: string;
  /** Compression, policies and continuous aggregates; not in the Apache edition. */
  readonly hasCommunityFeatures: boolean;
}

interface InstalledExtension {
  readonly schema: string;
  readonly version: string;
  readonly license: string | null;
}

/** The extension of this database, installed where the server offers it and the user may; null on plain PostgreSQL. */
export async function timescaleOf(database: SqlDatabase, log: Log): Promise<TimescaleExtension | null> {
  if (database.engine === 'embedded') return null;
  const installed = (await findExtension(database)) ?? (await installExtension(database, log));
  if (installed === null) return null;
  const [major = 0, minor = 0] = installed.version.split('.').map(Number);
  if (major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1])) {
    log.warn({ version: installed.version }, `TimescaleDB is older than ${OLDEST_VERSION.join('.')}: plain tables`);
    return null;
  }
  return { schema: installed.schema, hasCommunityFeatures: installed.license !== 'apache' };
}

async function findExtension(database: SqlDatabase): Promise<InstalledExtension | null> {
  const { rows } = await database.query<InstalledExtension>(
    `SELECT quote_ident(n.nspname) AS schema, e.extversion AS version, current_setting('timescaledb.license', true) AS license
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb'`,
  );
  return rows[0] ?? null;
}

async function installExtension(database: SqlDatabase, log: Log): Promise<InstalledExtension | null> {
  // Unless the library was preloaded (its settings then exist), creating the extension would end the connection.
  const { rows } = await database.query(
    `SELECT 1 FROM pg_available_extensions
     WHERE name = 'timescaledb' AND current_setting('timescaledb.disable_load', true) IS NOT NULL`,
  );
  if (rows.length === 0) return null;
  try {
    await database.run('CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public');
  } catch (error) {
    const { code, message } = databaseError(error);
    if (code === 'connection-lost') throw error;
    // Of two that install it at once one fails.
    const installed = await findExtension(database);
    if (installed === null) {
      log.info({ reason: message }, 'the server has TimescaleDB, but this user may not install it: plain tables');
    }
    return installed;
  }
  return findExtension(database);
}
