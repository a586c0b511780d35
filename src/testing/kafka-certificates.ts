import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** PEM texts of one certificate and its key, and a file that holds both as Kafka wants them. */
export interface TestIdentity {
  readonly certificate: string;
  readonly key: string;
  readonly keystoreFile: string;
}

export interface TestAuthority {
  readonly certificate: string;
  readonly certificateFile: string;
  /** `subjectAltName` as openssl writes it, such as `IP:127.0.0.1`. */
  issue(name: string, subjectAltName: string): TestIdentity;
}

/** A certificate authority of its own with the help of openssl; everything lies in `directory`. */
export function createAuthority(directory: string, name: string): TestAuthority {
  const file = (suffix: string): string => join(directory, `${name}${suffix}`);
  openssl(
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`].concat([
      '-keyout',
      file('.key'),
      '-out',
      file('.crt'),
    ]),
  );
  return {
    certificate: readFileSync(file('.crt'), 'utf8'),
    certificateFile: file('.crt'),
    issue: (subject, subjectAltName) => {
      const own = (suffix: string): string => join(directory, `${subject}${suffix}`);
      const request = ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${subject}`, '-keyout', own('.key')];
      openssl([...request, '-out', own('.csr')]);
      writeFileSync(own('.ext'), `subjectAltName=${subjectAltName}\n`);
      const signed = [
        'x509',
        '-req',
        '-in',
        own('.csr'),
        '-CA',
        file('.crt'),
        '-CAkey',
        file('.key'),
        '-CAcreateserial',
      ];
      openssl([...signed, '-days', '2', '-extfile', own('.ext'), '-out', own('.crt')]);
      const certificate = readFileSync(own('.crt'), 'utf8');
      const key = readFileSync(own('.key'), 'utf8');
      writeFileSync(own('.pem'), `${key}${certificate}`);
      return { certificate, key, keystoreFile: own('.pem') };
    },
  };
}

/** Whether certificates can be made here. */
export function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version']).status === 0;
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
