import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../market/index.ts';
import { startPostgresServer } from '../testing/postgres-server.ts';
import type { PostgresServer } from '../testing/postgres-server.ts';
import { runSql } from '../testing/test-database.ts';
import { parsePostgresDsn } from './index.ts';
import { openPostgresStore } from './postgres-store.ts';

const run = promisify(execFile);
const dsn = process.env['TAPEDECK_TEST_POSTGRES'];

describe.skipIf(dsn === undefined)('TLS to PostgreSQL (needs TAPEDECK_TEST_POSTGRES and openssl)', () => {
  let folder: string;
  let server: PostgresServer;
  const file = (name: string): string => join(folder, name);

  async function makeAuthority(name: string): Promise<void> {
    const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes'];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.pem`),
      ...subject,
    ]);
  }

  async function makeCertificate(name: string, commonName: string, alternativeName: string): Promise<void> {
    await writeFile(file(`${name}.ext`), `subjectAltName=${alternativeName}`);
    await run('openssl', [
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${commonName}`,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.csr`),
    ]);
    const by = ['-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-CAcreateserial', '-days', '2'];
    await run('openssl', [
      'x509',
      '-req',
      '-in',
      file(`${name}.csr`),
      ...by,
      '-extfile',
      file(`${name}.ext`),
      '-out',
      file(`${name}.pem`),
    ]);
  }

  /** Written by the server itself, whose account must own its key. */
  async function give(name: string): Promise<void> {
    const pem = await readFile(file(name), 'utf8');
    await runSql(
      server.dsn,
      `COPY (SELECT unnest(string_to_array('${pem.trim()}', E'\\n'))) TO PROGRAM 'umask 077; cat > ${name}'`,
    );
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-tls-'));
    await makeAuthority('authority');
    await makeAuthority('stranger');
    await makeCertificate('server', 'db', 'DNS:db.example,IP:127.0.0.1');
    await makeCertificate('client', 'postgres', 'DNS:client');
    server = await startPostgresServer({ dataDirectory: join(folder, 'postgres') });
  });

  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(parameters: Readonly<Record<string, string>>, host = '127.0.0.1'): Promise<boolean> {
    const url = new URL(server.dsn);
    url.search = new URLSearchParams(parameters).toString();
    url.hostname = host;
    const store = await openPostgresStore({ server: parsePostgresDsn(url.href), schema: 'tapedeck', log: silentLog });
    const { rows } = await store.end.database.query<{ readonly ssl: boolean }>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    await store.close();
    return rows[0]?.ssl === true;
  }

  const refused = (userMessage: RegExp): unknown =>
    expect.objectContaining({ retryable: false, userMessage: expect.stringMatching(userMessage) as string });

  it('is asked of a server that has none only by the modes that insist', async () => {
    expect(await open({ sslmode: 'disable' })).toBe(false);
    expect(await open({ sslmode: 'prefer' })).toBe(false);
    await expect(open({ sslmode: 'require' })).rejects.toEqual(refused(/offers no encryption/));
  });

  describe('with a certificate', () => {
    beforeAll(async () => {
      for (const name of ['server.key', 'server.pem', 'authority.pem']) await give(name);
      for (const setting of [
        `ssl_key_file = 'server.key'`,
        `ssl_cert_file = 'server.pem'`,
        `ssl_ca_file = 'authority.pem'`,
        'ssl = on',
      ])
        await runSql(server.dsn, `ALTER SYSTEM SET ${setting}`);
      await runSql(server.dsn, 'SELECT pg_reload_conf()');
      await vi.waitFor(async () => expect(await open({ sslmode: 'prefer' })).toBe(true), { timeout: 20_000 });
    });

    it('encrypts in every mode but disable', async () => {
      expect(await open({ sslmode: 'disable' })).toBe(false);
      expect(await open({ sslmode: 'require' })).toBe(true);
      for (const sslmode of ['require', 'verify-ca', 'verify-full']) {
        expect(await open({ sslmode, sslrootcert: file('authority.pem') })).toBe(true);
      }
    });

    it('refuses an authority that did not sign it', async () => {
      for (const sslmode of ['require', 'verify-ca', 'verify-full']) {
        await expect(open({ sslmode, sslrootcert: file('stranger.pem') })).rejects.toEqual(
          refused(/POSTGRES_SSLROOTCERT/),
        );
      }
      await expect(open({ sslmode: 'verify-ca' })).rejects.toEqual(refused(/POSTGRES_SSLROOTCERT/));
      await expect(open({ sslmode: 'verify-ca', sslrootcert: file('nowhere.pem') })).rejects.toEqual(
        refused(/nowhere\.pem.*ENOENT/),
      );
    });

    it('refuses another host name where that is checked', async () => {
      const ca = { sslrootcert: file('authority.pem') };
      expect(await open({ sslmode: 'verify-ca', ...ca }, 'localhost')).toBe(true);
      await expect(open({ sslmode: 'verify-full', ...ca }, 'localhost')).rejects.toEqual(refused(/another host name/));
    });

    it('shows a certificate of our own to a server that asks for one', async () => {
      await runSql(
        server.dsn,
        `COPY (SELECT unnest(ARRAY['hostnossl all all 127.0.0.1/32 trust', 'hostssl all all 127.0.0.1/32 cert'])) TO PROGRAM 'cat > pg_hba.conf'`,
      );
      await runSql(server.dsn, 'SELECT pg_reload_conf()');
      await vi.waitFor(() => expect(open({ sslmode: 'require' })).rejects.toMatchObject({ code: 'unauthorized' }), {
        timeout: 20_000,
      });
      expect(await open({ sslmode: 'require', sslcert: file('client.pem'), sslkey: file('client.key') })).toBe(true);
    });
  });
});
