import { TapedeckError } from '../market/index.ts';

/**
 * As in libpq; `prefer` encrypts when the server can, `require` checks the certificate
 * only against a given authority, `verify-ca` always and `verify-full` its host name too.
 */
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
  /** PEM files of our own certificate and its key, for servers that ask for one. */
  readonly sslCertificateFile: string | null;
  readonly sslKeyFile: string | null;
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
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      // The cause shows the text that it could not decode, which may be the password.
      throw bad('has a % that is not followed by two hexadecimal digits: write %25 for a percent sign');
    }
  };
  const database = decode(url.pathname.slice(1));
  if (database === '') throw bad('names no database');
  return {
    host: decode(url.searchParams.get('host') ?? url.hostname.replaceAll(/^\[|\]$/g, '')) || 'localhost',
    port: url.port === '' ? 5432 : Number(url.port),
    database,
    user: decode(url.username),
    password: decode(url.password),
    sslMode,
    sslRootCertificateFile: url.searchParams.get('sslrootcert'),
    sslCertificateFile: url.searchParams.get('sslcert'),
    sslKeyFile: url.searchParams.get('sslkey'),
  };
}

export function isSslMode(text: string): text is SslMode {
  return (SSL_MODES as readonly string[]).includes(text);
}
