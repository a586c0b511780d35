import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAuthority, hasOpenssl } from '../testing/kafka-certificates.ts';
import type { KafkaTlsConfig } from './config/config.ts';
import { readKafkaTls } from './read-kafka-tls.ts';

const NOTHING: KafkaTlsConfig = {
  caFile: null,
  certificateFile: null,
  keyFile: null,
  keyPassword: null,
  serverName: null,
};
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapedeck-tls-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(!hasOpenssl())('(needs openssl) the files of the TLS settings become what the bus connects with', () => {
  const authority = createAuthority(folder, 'authority');
  const client = authority.issue('client', 'DNS:client.test');
  const tls = readKafkaTls({
    ...NOTHING,
    caFile: authority.certificateFile,
    certificateFile: join(folder, 'client.crt'),
    keyFile: join(folder, 'client.key'),
    serverName: 'kafka.test',
  });
  const { certificate: cert, key } = client;
  expect(tls).toEqual({ ca: authority.certificate, cert, key, servername: 'kafka.test' });
  expect(readKafkaTls(NOTHING)).toEqual({});
});

test('a file that is missing, or holds something else, is refused with the name of its setting', () => {
  const missing = join(folder, 'missing.pem');
  const wrong = join(folder, 'wrong.pem');
  writeFileSync(wrong, 'hello\n');
  expect(() => readKafkaTls({ ...NOTHING, caFile: missing })).toThrow(/^KAFKA_SSL_CA: .*missing\.pem.*ENOENT/);
  expect(() => readKafkaTls({ ...NOTHING, caFile: wrong })).toThrow(/^KAFKA_SSL_CA: must hold a certificate/);
  const both = { ...NOTHING, certificateFile: wrong, keyFile: wrong };
  expect(() => readKafkaTls(both)).toThrow(/^KAFKA_SSL_CERT, KAFKA_SSL_KEY: must be a certificate/);
});
