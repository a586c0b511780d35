import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { PoolConfig } from 'pg';
import { TapedeckError } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import { migrate } from './migrate.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { schemaName } from './schema-name.ts';
import { migrationsDirectory } from './sql-files.ts';
import { SqlStore } from './sql-store.ts';
import type { Store } from './store.ts';

/** As in libpq; `prefer` encrypts when the server can, `require` does not check the certificate, the `verify-`s do. */
export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly sslMode: SslMode;
  /** PEM file of the authority to trust; null for the system's. */
  readonly sslRootCertificateFile: string | null;
}

export interface PostgresStoreOptions {
  readonly server: PostgresServer;
  /** See `datasetSchema`. */
  readonly schema: string;
  /** Upper bound of connections, 10 unless given. */
  readonly connections?: number;
  readonly log: Log;
}

/** Reads `postgres://user:password@host:port/database?sslmode=...`; rejects with `bad-config`, never showing the password. */
export function parsePostgresDsn(dsn: string): PostgresServer {
  const bad = (why: string): TapedeckError =>
    new TapedeckError(
      'bad-config',
      `POSTGRES_DSN ${why}; expected postgres://user:password@host:5432/database?sslmode=prefer`,
    );
  if (!URL.canParse(dsn)) throw bad('is no URL');
  const url = new URL(dsn);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw bad(`begins with ${url.protocol}//`);
  const sslMode = url.searchParams.get('sslmode') ?? 'prefer';
  if (!isSslMode(sslMode)) throw bad(`has sslmode=${sslMode}, not one of ${SSL_MODES.join(', ')}`);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '') throw bad('names no database');
  return {
    host: decodeURIComponent(url.searchParams.get('host') ?? url.hostname.replaceAll(/^\[|\]$/g, '')) || 'localhost',
    port: url.port === '' ? 5432 : Number(url.port),
    database,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    sslMode,
    sslRootCertificateFile: url.searchParams.get('sslrootcert'),
  };
}

export function isSslMode(text: string): text is SslMode {
  return (SSL_MODES as readonly string[]).includes(text);
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
  if (server.sslMode !== 'prefer') return open(await tlsOptions(server));
  try {
    return await open({ rejectUnauthorized: false });
  } catch (error) {
    if (!(error instanceof TapedeckError) || !error.message.includes('does not support SSL')) throw error;
    return open(false);
  }
}

async function tlsOptions(server: PostgresServer): Promise<PoolConfig['ssl']> {
  if (server.sslMode === 'disable') return false;
  if (server.sslMode === 'require') return { rejectUnauthorized: false };
  const tls: ConnectionOptions = { rejectUnauthorized: true, servername: server.host };
  if (server.sslRootCertificateFile !== null) tls.ca = await readFile(server.sslRootCertificateFile, 'utf8');
  if (server.sslMode === 'verify-ca') tls.checkServerIdentity = () => undefined;
  return tls;
}
