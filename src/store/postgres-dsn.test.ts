import { describe, expect, it } from 'vitest';
import { databaseError } from './database-error.ts';
import { parsePostgresDsn } from './postgres-dsn.ts';
import { schemaName } from './schema-name.ts';
import { parseInt8, parseTimestamptz } from './value-parsers.ts';

describe('a PostgreSQL DSN', () => {
  it('gives host, port, database, user, password and ssl mode', () => {
    expect(
      parsePostgresDsn('postgresql://us%40er:p%2Fw@[::1]:6543/market?sslmode=verify-full&sslrootcert=/ca.pem'),
    ).toEqual({
      host: '::1',
      port: 6543,
      database: 'market',
      user: 'us@er',
      password: 'p/w',
      sslMode: 'verify-full',
      sslRootCertificateFile: '/ca.pem',
      sslCertificateFile: null,
      sslKeyFile: null,
    });
    expect(parsePostgresDsn('postgres://localhost/db')).toMatchObject({ port: 5432, sslMode: 'prefer', user: '' });
  });

  it.each(['not a url', 'mysql://u:secret@h/db', 'postgres://u:secret@h', 'postgres://u:secret@h/db?sslmode=maybe'])(
    'is refused without showing the password: %s',
    (dsn) => {
      expect(() => parsePostgresDsn(dsn)).toThrow(/POSTGRES_DSN/);
      expect(() => parsePostgresDsn(dsn)).not.toThrow(/secret/);
    },
  );
});

describe('a percent sign in a PostgreSQL DSN', () => {
  it('that was not encoded is refused with the way to write it', () => {
    const parse = () => parsePostgresDsn('postgres://me:100%secret@localhost/market');
    expect(parse).toThrow(expect.objectContaining({ code: 'bad-config' }));
    expect(parse).toThrow(/^POSTGRES_DSN .*%25/);
    expect(parse).not.toThrow(/secret/);
    expect(parsePostgresDsn('postgres://me:100%25@localhost/market').password).toBe('100%');
  });
});

describe('values from the database', () => {
  it('are exact integers or refused', () => {
    expect(parseInt8('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => parseInt8('9007199254740993')).toThrow(/exactly/);
  });

  it('are times in epoch milliseconds with the microseconds as fraction', () => {
    expect(parseTimestamptz('2026-07-13 13:45:01+00')).toBe(Date.UTC(2026, 6, 13, 13, 45, 1));
    expect(parseTimestamptz('2026-07-13 13:45:01.120034+00') - Date.UTC(2026, 6, 13, 13, 45, 1)).toBeCloseTo(
      120.034,
      3,
    );
  });
});

describe('an error of the database', () => {
  const withCode = (code: string): Error => Object.assign(new Error('it said no'), { code });

  it.each([
    ['ECONNREFUSED', 'connection-lost', true],
    ['08006', 'connection-lost', true],
    ['57P01', 'connection-lost', true],
    ['28P01', 'unauthorized', false],
    ['53100', 'disk-full', true],
    ['25006', 'read-only', false],
    ['40P01', 'conflict', true],
    ['42P01', 'internal', false],
  ] as const)('with code %s is %s', (code, expected, retryable) => {
    expect(databaseError(withCode(code))).toMatchObject({ code: expected, retryable });
  });
});

describe('a schema name', () => {
  it('is taken only when it needs no quoting', () => {
    expect(schemaName('tapedeck_replay_day_1')).toBe('tapedeck_replay_day_1');
    for (const name of ['', 'Tapedeck', 'a b', 'a"; DROP SCHEMA public', 'x'.repeat(64)]) {
      expect(() => schemaName(name)).toThrow(/schema name/);
    }
  });
});
