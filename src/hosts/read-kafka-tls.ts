import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { KafkaTls } from '../bus/index.ts';
import { TapedeckError } from '../market/index.ts';
import type { KafkaTlsConfig } from './config/config.ts';

/** The PEM files as texts, tried out. Throws `bad-config` with the name of the setting that is wrong. */
export function readKafkaTls(config: KafkaTlsConfig): KafkaTls {
  const { caFile, certificateFile, keyFile, keyPassword, serverName } = config;
  const ca = caFile === null ? {} : { ca: readPem('KAFKA_SSL_CA', caFile) };
  const own =
    certificateFile === null || keyFile === null
      ? {}
      : {
          cert: readPem('KAFKA_SSL_CERT', certificateFile),
          key: readPem('KAFKA_SSL_KEY', keyFile),
          ...(keyPassword === null ? {} : { passphrase: keyPassword }),
        };
  // A list of authorities that holds none is taken without a word.
  if (ca.ca !== undefined) check('KAFKA_SSL_CA: must hold a certificate in PEM form', () => new X509Certificate(ca.ca));
  const whatOwn = 'KAFKA_SSL_CERT, KAFKA_SSL_KEY: must be a certificate in PEM form and its key';
  check(`${whatOwn}; a key with a password needs KAFKA_SSL_KEY_PASSWORD`, () => createSecureContext(own));
  return { ...ca, ...own, ...(serverName === null ? {} : { servername: serverName }) };
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const message = `${name}: ${JSON.stringify(path)} must be a readable PEM file (${code})`;
    throw new TapedeckError('bad-config', message, { cause });
  }
}

function check(what: string, attempt: () => unknown): void {
  try {
    attempt();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TapedeckError('bad-config', `${what} (${reason})`, { cause });
  }
}
