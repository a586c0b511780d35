import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Log } from '../../market/index.ts';
import { sampleTrades } from '../../testing/bus-events.ts';
import { idsOf, Reader, until } from '../../testing/bus-reader.ts';
import { createAuthority } from '../../testing/kafka-certificates.ts';
import { KAFKA_USER, type SecuredBroker, startSecuredBroker } from '../../testing/kafka-secured-broker.ts';
import { openKafkaBus } from './kafka-bus.ts';
import type { KafkaBusOptions } from './kafka-options.ts';

const jarsDirectory = process.env['KAFKA_JARS'];
const WRONG_PASSWORD = 'not-the-password-7';

type Access = Pick<KafkaBusOptions, 'brokers' | 'tls' | 'sasl'>;

describe.skipIf(jarsDirectory === undefined)(
  'a broker with secured listeners (needs KAFKA_JARS)',
  { timeout: 60_000 },
  () => {
    let folder: string;
    let broker: SecuredBroker;
    const lines: string[] = [];
    const keep = (fields: object, text?: string): void => void lines.push(`${text} ${textOf(fields)}`);
    const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tapedeck-secured-'));
      broker = await startSecuredBroker(jarsDirectory ?? '', folder);
    }, 120_000);

    afterAll(async () => {
      await broker.close();
      await rm(folder, { recursive: true, force: true });
    });

    function optionsFor(access: Access): KafkaBusOptions {
      const name = `test-${randomUUID()}`;
      const names = { clientId: 'desk', groupPrefix: name, topicPrefix: name, barsTopic: null, partitionCount: 2 };
      return { ...names, ...access, log };
    }

    const saslOf = (
      mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512',
      password: string = KAFKA_USER.password,
    ) => ({
      mechanism,
      username: KAFKA_USER.username,
      password,
    });

    it.each<[string, () => Access]>([
      ['TLS', () => ({ brokers: [broker.tls], tls: { ca: broker.authority.certificate } })],
      [
        'TLS with a certificate of the client',
        () => {
          const { certificate: cert, key } = broker.client;
          return { brokers: [broker.mutualTls], tls: { ca: broker.authority.certificate, cert, key } };
        },
      ],
      [
        'TLS to a broker whose certificate holds the stated name',
        () => ({
          brokers: [broker.wrongHost],
          tls: { ca: broker.authority.certificate, servername: 'elsewhere.test' },
        }),
      ],
      [
        'SASL PLAIN over TLS',
        () => ({ brokers: [broker.saslTls], tls: { ca: broker.authority.certificate }, sasl: saslOf('plain') }),
      ],
      [
        'SCRAM-SHA-256 over TLS',
        () => ({ brokers: [broker.saslTls], tls: { ca: broker.authority.certificate }, sasl: saslOf('scram-sha-256') }),
      ],
      ['SCRAM-SHA-512', () => ({ brokers: [broker.saslPlain], sasl: saslOf('scram-sha-512') })],
    ])('lets in over %s: topics are made, a group reads what was published', async (_name, access) => {
      const bus = await openKafkaBus(optionsFor(access()));
      try {
        const reader = new Reader();
        await bus.publish('trades', sampleTrades(20));
        const consumption = await bus.consume(reader.request({ isEphemeral: true }));
        await until(() => reader.ids.length >= 20);
        expect(reader.ids).toEqual(idsOf(sampleTrades(20)));
        expect((await consumption.lag()).every(({ position, endOffset }) => position === endOffset)).toBe(true);
      } finally {
        await bus.close();
      }
    });

    it.each<[string, () => Access, string, RegExp]>([
      [
        'a wrong password for PLAIN',
        () => ({
          brokers: [broker.saslTls],
          tls: { ca: broker.authority.certificate },
          sasl: saslOf('plain', WRONG_PASSWORD),
        }),
        'unauthorized',
        /KAFKA_SASL_PASSWORD/,
      ],
      [
        'a wrong password for SCRAM',
        () => ({ brokers: [broker.saslPlain], sasl: saslOf('scram-sha-256', WRONG_PASSWORD) }),
        'unauthorized',
        /KAFKA_SASL_PASSWORD/,
      ],
      [
        'an authority that is not trusted',
        () => ({ brokers: [broker.tls], tls: { ca: createAuthority(folder, 'stranger').certificate } }),
        'bad-config',
        /KAFKA_SSL_CA/,
      ],
      [
        'an authority of its own, unless it is named',
        () => ({ brokers: [broker.tls], tls: {} }),
        'bad-config',
        /KAFKA_SSL_CA/,
      ],
      [
        'a certificate for another host',
        () => ({ brokers: [broker.wrongHost], tls: { ca: broker.authority.certificate } }),
        'bad-config',
        /KAFKA_SSL_SERVER_NAME/,
      ],
      [
        'no certificate of the client where one is asked for',
        () => ({ brokers: [broker.mutualTls], tls: { ca: broker.authority.certificate } }),
        'bad-config',
        /KAFKA_SSL_CERT/,
      ],
      [
        'a login where none is taken',
        () => ({ brokers: [broker.plain], sasl: saslOf('plain') }),
        'bad-config',
        /takes no login/,
      ],
    ])('refuses %s, for good and with what to do', async (_name, access, code, advice) => {
      const opening = openKafkaBus(optionsFor(access()));
      await expect(opening).rejects.toMatchObject({
        code,
        retryable: false,
        userMessage: expect.stringMatching(advice),
      });
    });

    it.each<[string, () => Access, RegExp]>([
      ['an open client to an encrypted listener', () => ({ brokers: [broker.tls] }), /may want encryption or a login/],
      ['a client without a login to a listener that wants one', () => ({ brokers: [broker.saslPlain] }), /or a login/],
      [
        'an encrypted client to an open listener',
        () => ({ brokers: [broker.plain], tls: { ca: broker.authority.certificate } }),
        /may not be encrypted/,
      ],
    ])('goes on trying when it hangs up on %s, and says what that may mean', async (_name, access, advice) => {
      const giveUp = new AbortController();
      const details: string[] = [];
      const opening = openKafkaBus({
        ...optionsFor(access()),
        signal: giveUp.signal,
        onState: ({ detail }) => {
          details.push(detail);
          giveUp.abort();
        },
      });
      await expect(opening).rejects.toMatchObject({ code: 'closed' });
      expect(details[0]).toMatch(advice);
      expect(details[0]).toContain('KAFKA_SECURITY_PROTOCOL');
    });

    it('shows no password in the log or in an error', async () => {
      const access = { brokers: [broker.saslPlain], sasl: saslOf('plain', WRONG_PASSWORD) };
      const error: unknown = await openKafkaBus(optionsFor(access)).catch((cause: unknown) => cause);
      expect(textOf({ error })).toContain('unauthorized');
      expect(lines.join('\n')).toContain('authentication failed');
      for (const secret of [WRONG_PASSWORD, KAFKA_USER.password, 'PRIVATE KEY']) {
        expect(textOf({ error })).not.toContain(secret);
        expect(lines.join('\n')).not.toContain(secret);
      }
    });
  },
);

/** Errors with all they carry and all they wrap. */
function textOf(value: object): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    member instanceof Error
      ? { ...(member as object), message: member.message, stack: member.stack, cause: member.cause }
      : member,
  );
}
