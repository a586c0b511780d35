import { join } from 'node:path';
import { createAuthority, type TestAuthority, type TestIdentity } from './kafka-certificates.ts';
import { type KafkaBroker, type KafkaListener, startKafkaBroker } from './kafka-broker.ts';
import { freePort } from './server-process.ts';

export const KAFKA_USER = { username: 'desk', password: 'open-sesame-42' } as const;

/** `127.0.0.1:PORT` of each way in. */
export interface SecuredBroker extends KafkaBroker {
  readonly plain: string;
  readonly tls: string;
  /** Asks for a client certificate. */
  readonly mutualTls: string;
  /** Its certificate is for another host. */
  readonly wrongHost: string;
  readonly saslTls: string;
  readonly saslPlain: string;
  readonly authority: TestAuthority;
  readonly client: TestIdentity;
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];
const LOGIN_MODULES = 'org.apache.kafka.common.security';

/** A broker with one listener for every kind of access; it knows `KAFKA_USER` by all three mechanisms. */
export async function startSecuredBroker(jarsDirectory: string, directory: string): Promise<SecuredBroker> {
  const authority = createAuthority(directory, 'authority');
  const server = authority.issue('server', 'IP:127.0.0.1,DNS:kafka.test');
  const elsewhere = authority.issue('elsewhere', 'DNS:elsewhere.test');
  const { username, password } = KAFKA_USER;
  const tls = (identity: TestIdentity): Record<string, string> => ({
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': identity.keystoreFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority.certificateFile,
  });
  const sasl = {
    'sasl.enabled.mechanisms': MECHANISMS.join(','),
    'plain.sasl.jaas.config': `${LOGIN_MODULES}.plain.PlainLoginModule required user_${username}="${password}";`,
    'scram-sha-256.sasl.jaas.config': `${LOGIN_MODULES}.scram.ScramLoginModule required;`,
    'scram-sha-512.sasl.jaas.config': `${LOGIN_MODULES}.scram.ScramLoginModule required;`,
  };
  const listener = async (rest: Omit<KafkaListener, 'port'>): Promise<KafkaListener> => ({
    port: await freePort(),
    ...rest,
  });
  const listeners = {
    tls: await listener({ name: 'TLS', protocol: 'SSL', settings: tls(server) }),
    mutualTls: await listener({
      name: 'MUTUAL',
      protocol: 'SSL',
      settings: { ...tls(server), 'ssl.client.auth': 'required' },
    }),
    wrongHost: await listener({ name: 'ELSEWHERE', protocol: 'SSL', settings: tls(elsewhere) }),
    saslTls: await listener({ name: 'SASLTLS', protocol: 'SASL_SSL', settings: { ...tls(server), ...sasl } }),
    saslPlain: await listener({ name: 'SASLPLAIN', protocol: 'SASL_PLAINTEXT', settings: sasl }),
  };
  const broker = await startKafkaBroker({
    jarsDirectory,
    dataDirectory: join(directory, 'kafka'),
    listeners: Object.values(listeners),
    scramCredentials: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(
      (mechanism) => `${mechanism}=[name=${username},password=${password}]`,
    ),
  });
  const addressOf = ({ port }: KafkaListener): string => `127.0.0.1:${port}`;
  return {
    ...broker,
    plain: broker.bootstrapServers,
    tls: addressOf(listeners.tls),
    mutualTls: addressOf(listeners.mutualTls),
    wrongHost: addressOf(listeners.wrongHost),
    saslTls: addressOf(listeners.saslTls),
    saslPlain: addressOf(listeners.saslPlain),
    authority,
    client: authority.issue('client', 'DNS:client.test'),
  };
}
