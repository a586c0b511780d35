import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { PoolConfig } from 'pg';
import { TapedeckError } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import { grantRoles, migrate } from './migrate.ts';
import type { MigratedSchema } from './migrate.ts';
import { PostgresDatabase } from './postgres-database.ts';
import type { PostgresServer } from './postgres-dsn.ts';
import { schemaName } from './schema-name.ts';
import { migrationsDirectory } from './sql-files.ts';
import { SqlStore } from './sql-store.ts';
import type { Store } from './store.ts';

export interface PostgresStoreOptions {
  readonly server: PostgresServer;
  /** See `datasetSchema`. */
  readonly schema: string;
  /** Upper bound of connections, 10 unless given. */
  readonly connections?: number;
  readonly log: Log;
}

/**
 * Connects, migrates and opens. Rejects with a retryable `connection-lost` while the server is away; once open, the store
 * finds the server again by itself and says so in `status`.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const schema = schemaName(options.schema);
  const database = await connect(options, schema);
  try {
    return await SqlStore.open(database, await migrate(database, migrationsDirectory(), options.log));
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Brings a dataset's schema up to date and renews what the roles of `db/roles.sql` may do there. */
export async function migratePostgres(options: PostgresStoreOptions): Promise<MigratedSchema> {
  const database = await connect({ ...options, connections: 1 }, schemaName(options.schema));
  try {
    const migrated = await migrate(database, migrationsDirectory(), options.log);
    if (migrated.changes === 0) await grantRoles(database, migrationsDirectory());
    return migrated;
  } finally {
    await database.close();
  }
}

/** Names of all schemas of a database. Rejects as `openPostgresStore`, and makes nothing. */
export async function listSchemas(options: Pick<PostgresStoreOptions, 'server' | 'log'>): Promise<readonly string[]> {
  const database = await connect({ ...options, schema: 'public', connections: 1 }, 'public');
  try {
    const { rows } = await database.query<{ name: string }>('SELECT nspname::text AS name FROM pg_namespace');
    return rows.map((row) => row.name);
  } finally {
    await database.close();
  }
}

async function connect(options: PostgresStoreOptions, schema: string): Promise<PostgresDatabase> {
  const { server, log } = options;
  const open = (ssl: PoolConfig['ssl']): Promise<PostgresDatabase> =>
    PostgresDatabase.open({
      connection: {
        host: server.host,
        port: server.port,
        database: server.database,
        ...(server.user === '' ? {} : { user: server.user }),
        ...(server.password === '' ? {} : { password: server.password }),
        ssl,
      },
      label: `PostgreSQL ${server.host}:${server.port}/${server.database}`,
      schema,
      connections: options.connections ?? 10,
      log,
    });
  if (server.sslMode === 'disable') return open(false);
  const tls = await tlsOptions(server);
  if (server.sslMode !== 'prefer') return open(tls);
  try {
    return await open(tls);
  } catch (error) {
    if (!(error instanceof TapedeckError) || !error.message.includes('does not support SSL')) throw error;
    return open(false);
  }
}

async function tlsOptions(server: PostgresServer): Promise<ConnectionOptions> {
  const { host, sslMode, sslRootCertificateFile, sslCertificateFile, sslKeyFile } = server;
  // As in libpq, an authority that is given is checked also where the mode does not ask for it.
  const isChecked = sslMode.startsWith('verify-') || (sslMode === 'require' && sslRootCertificateFile !== null);
  return {
    rejectUnauthorized: isChecked,
    // The name that is checked; without it an address would be taken for localhost.
    host,
    ...(sslRootCertificateFile === null ? {} : { ca: await readPem('sslrootcert', sslRootCertificateFile) }),
    ...(sslCertificateFile === null ? {} : { cert: await readPem('sslcert', sslCertificateFile) }),
    ...(sslKeyFile === null ? {} : { key: await readPem('sslkey', sslKeyFile) }),
    ...(sslMode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

async function readPem(name: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new TapedeckError('bad-config', `${name} of the database: ${file} must be a readable PEM file (${code})`, {
      cause,
    });
  }
}
