import type { ErrorCode } from '../market/index.ts';
import { TapedeckError, fileErrorCode } from '../market/index.ts';
import { sqlState } from './sql-state.ts';

const UNIQUE_VIOLATION = '23505';

interface Meaning {
  readonly code: ErrorCode;
  readonly retryable?: boolean;
  readonly userMessage?: string;
}

const LOST: Meaning = {
  code: 'connection-lost',
  retryable: true,
  userMessage: 'The database cannot be reached. TapeDeck keeps trying and goes on by itself.',
};
const BUSY: Meaning = { code: 'conflict', retryable: true };
const FULL: Meaning = {
  code: 'disk-full',
  retryable: true,
  userMessage: 'The disk of the database is full. Free some space; TapeDeck goes on by itself.',
};
const DENIED: Meaning = {
  code: 'unauthorized',
  userMessage:
    'The database refused the user, password, certificate or kind of connection. Check POSTGRES_DSN, or POSTGRES_USER and POSTGRES_PASSWORD.',
};
const READ_ONLY: Meaning = {
  code: 'read-only',
  userMessage: 'The database is read-only. TapeDeck needs to write to it.',
};
const CORRUPT: Meaning = { code: 'corrupt', userMessage: 'The database reports damaged data.' };
const UNSTORABLE: Meaning = {
  code: 'bad-message',
  userMessage: 'The database cannot hold a value that it was given.',
};
const SLOW: Meaning = { code: 'timeout', retryable: true };

function untrusted(why: string): Meaning {
  return { code: 'bad-config', userMessage: `The certificate of the database server ${why}` };
}

function codes(names: readonly string[], meaning: Meaning): Readonly<Record<string, Meaning>> {
  return Object.fromEntries(names.map((name) => [name, meaning]));
}

/** By SQLSTATE, by its class (first two characters), or by what the operating system calls a failed connection. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '08': LOST,
  '57P01': LOST,
  '57P02': LOST,
  '57P03': LOST,
  '53300': { ...LOST, userMessage: 'The database has no free connection. TapeDeck keeps trying.' },
  '53100': FULL,
  '53': { code: 'throttled', retryable: true },
  '28': DENIED,
  '42501': { ...DENIED, userMessage: 'The database user lacks a permission that TapeDeck needs.' },
  '3D000': { code: 'bad-config', userMessage: 'The database named in POSTGRES_DSN or POSTGRES_DB does not exist.' },
  // A value outside its type, or longer than an index takes: however often it is tried.
  '22': UNSTORABLE,
  '54': UNSTORABLE,
  '25006': READ_ONLY,
  // The server gave this connection up because its transaction stood still.
  '25P03': LOST,
  '40': BUSY,
  '55P03': BUSY,
  '57014': SLOW,
  XX001: CORRUPT,
  XX002: CORRUPT,
  ...codes(
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_SIGNATURE_FAILURE',
    ],
    untrusted('is not signed by an authority that is trusted here. Give its certificate as POSTGRES_SSLROOTCERT.'),
  ),
  CERT_HAS_EXPIRED: untrusted('has expired.'),
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted(
    'is for another host name. Use the name it was made for, or POSTGRES_SSLMODE=verify-ca.',
  ),
  ECONNREFUSED: LOST,
  ECONNRESET: LOST,
  ENOTFOUND: LOST,
  EAI_AGAIN: LOST,
  EHOSTUNREACH: LOST,
  ENETUNREACH: LOST,
  ETIMEDOUT: LOST,
  EPIPE: LOST,
};

/** What the file system refused an embedded database. */
const OF_FILES: Partial<Readonly<Record<ErrorCode, Meaning>>> = { 'disk-full': FULL, 'read-only': READ_ONLY };

/** Messages of errors that carry no code. */
const PHRASES: readonly (readonly [RegExp, Meaning])[] = [
  [
    /does not support SSL/i,
    {
      code: 'bad-config',
      userMessage:
        'The database server offers no encryption, and POSTGRES_SSLMODE asks for it. Use another server, or POSTGRES_SSLMODE=prefer.',
    },
  ],
  [/no space left|disk quota exceeded/i, FULL],
  [/read-only file system|permission denied/i, READ_ONLY],
  [
    /connection terminated|timeout exceeded when trying to connect|connection timeout|client was closed|connection error and is not queryable/i,
    LOST,
  ],
];

/** What a driver threw, as the error the rest of the program knows. */
export function databaseError(error: unknown): TapedeckError {
  if (error instanceof TapedeckError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const state = sqlState(error);
  const meaning =
    (state === null ? undefined : (MEANINGS[state] ?? MEANINGS[state.slice(0, 2)] ?? meaningOfFile(state))) ??
    PHRASES.find(([phrase]) => phrase.test(message))?.[1];
  return new TapedeckError(meaning?.code ?? 'internal', state === null ? message : `${message} (${state})`, {
    retryable: meaning?.retryable ?? false,
    cause: error,
    ...(meaning?.userMessage === undefined ? {} : { userMessage: meaning.userMessage }),
  });
}

function meaningOfFile(systemCode: string): Meaning | undefined {
  const code = fileErrorCode(systemCode);
  return code === null ? undefined : OF_FILES[code];
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof TapedeckError && sqlState(error.cause) === UNIQUE_VIOLATION;
}
