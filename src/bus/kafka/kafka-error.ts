import { TapedeckError } from '../../market/index.ts';

interface KafkaJsError {
  readonly name?: string;
  readonly type?: string;
  readonly code?: unknown;
  readonly message?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

const FORBIDDEN = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
]);
const LEADERLESS = new Set(['LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION']);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/;

/** By the code that Node gives: what is wrong with the certificates, and what to do about it. First match counts. */
const TLS_ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /ALTNAME_INVALID/,
    'The certificate of the Kafka broker is for another host. Write the name it was issued for in KAFKA_BOOTSTRAP_SERVERS and in the listeners that the broker advertises, or name it in KAFKA_SSL_SERVER_NAME.',
  ],
  [/CERT_HAS_EXPIRED|NOT_YET_VALID/, 'The certificate of the Kafka broker is not valid today. Have it renewed.'],
  [
    /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    'The certificate of the Kafka broker comes from an authority that is not trusted here. Give the PEM file of that authority in KAFKA_SSL_CA.',
  ],
  [
    /ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE|HANDSHAKE)|CERTIFICATE_REQUIRED/,
    'Kafka refused the TLS connection: it asks for a certificate of this client that it knows. Give one in KAFKA_SSL_CERT and KAFKA_SSL_KEY.',
  ],
];

/** What kafkajs threw, in one of few codes; what may pass by itself is `connection-lost` and retryable. */
export function kafkaError(cause: unknown): TapedeckError {
  if (cause instanceof TapedeckError) return cause;
  const chain = causesOf(cause);
  const message = (chain.at(-1)?.message ?? String(cause)).trim();
  const types = chain.map((error) => error.type ?? '');
  if (
    chain.some((error) => error.name === 'KafkaJSSASLAuthenticationError') ||
    types.some((type) => FORBIDDEN.has(type))
  ) {
    return new TapedeckError('unauthorized', message, {
      userMessage: `Kafka refused access: ${message}. Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, KAFKA_SASL_MECHANISM and the rights of that user.`,
      cause,
    });
  }
  if (types.includes('ILLEGAL_SASL_STATE')) {
    return new TapedeckError('bad-config', message, {
      userMessage:
        'This listener of Kafka takes no login. Use SSL or PLAINTEXT as KAFKA_SECURITY_PROTOCOL, or the port of a listener with SASL.',
      cause,
    });
  }
  if (types.some((type) => TOO_LARGE.has(type))) {
    return new TapedeckError('bad-message', message, {
      userMessage: 'A message was larger than the Kafka broker accepts.',
      cause,
    });
  }
  if (types.includes('INVALID_TIMESTAMP')) {
    return new TapedeckError('connection-lost', message, {
      retryable: true,
      userMessage:
        'Kafka refuses the time of this machine: the clocks of the two are far apart. Set them right, or set message.timestamp.type=LogAppendTime on the topics.',
      cause,
    });
  }
  const certificateCode = chain
    .map(({ code }) => (typeof code === 'string' ? code : ''))
    .find((code) => CERTIFICATE.test(code));
  if (certificateCode !== undefined) {
    const advice = TLS_ADVICE.find(([pattern]) => pattern.test(certificateCode))?.[1];
    const fallback = `The TLS connection to Kafka failed: ${message}. Check the certificates.`;
    return new TapedeckError('bad-config', message, { userMessage: advice ?? fallback, cause });
  }
  return new TapedeckError('connection-lost', message, {
    retryable: true,
    userMessage: `Kafka cannot be reached: ${message}`,
    cause,
  });
}

/**
 * The same for a broker that was never reached: one that hangs up at once may be starting, or not be spoken to as its
 * listener wants, which no error of the protocol tells.
 */
export function kafkaOpenError(cause: unknown): TapedeckError {
  const error = kafkaError(cause);
  const chain = causesOf(error);
  const hungUp = chain.some(({ name }) => name === 'KafkaJSConnectionClosedError');
  const isTlsRefused = chain.some(({ message }) => message?.includes('before secure TLS connection') === true);
  if (!error.retryable || !(hungUp || isTlsRefused)) return error;
  const advice = isTlsRefused
    ? 'its listener may not be encrypted: then use PLAINTEXT or SASL_PLAINTEXT as KAFKA_SECURITY_PROTOCOL'
    : 'its listener may want encryption or a login: then use SSL or a SASL protocol as KAFKA_SECURITY_PROTOCOL';
  return new TapedeckError(error.code, error.message, {
    retryable: true,
    userMessage: `Kafka hangs up when it is spoken to. If that lasts, ${advice}.`,
    cause: error,
  });
}

/** Whether a broker was reached and does not lead the partition, or does not know yet that it does. */
export function isLeaderless(cause: unknown): boolean {
  return causesOf(cause).some(({ type }) => type !== undefined && LEADERLESS.has(type));
}

/** The error and all it wraps, innermost last. */
function causesOf(cause: unknown): readonly KafkaJsError[] {
  const chain: KafkaJsError[] = [];
  const waiting: unknown[] = [cause];
  while (waiting.length > 0 && chain.length < 20) {
    const next = waiting.shift();
    if (typeof next !== 'object' || next === null || chain.includes(next)) continue;
    const error: KafkaJsError = next;
    chain.push(error);
    waiting.push(error.cause, ...(error.errors ?? []));
  }
  return chain;
}
