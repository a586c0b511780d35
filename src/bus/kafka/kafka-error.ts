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
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/;

/** What kafkajs threw, in one of few codes; what may pass by itself is `connection-lost` and retryable. */
export function kafkaError(cause: unknown): TapedeckError {
  if (cause instanceof TapedeckError) return cause;
  const chain = causesOf(cause);
  const message = chain.at(-1)?.message ?? String(cause);
  const types = chain.map((error) => error.type ?? '');
  if (
    chain.some((error) => error.name === 'KafkaJSSASLAuthenticationError') ||
    types.some((type) => FORBIDDEN.has(type))
  ) {
    return new TapedeckError('unauthorized', message, {
      userMessage: `Kafka refused access: ${message}. Check the user name, the password and the rights of that user.`,
      cause,
    });
  }
  if (types.some((type) => TOO_LARGE.has(type))) {
    return new TapedeckError('bad-message', message, {
      userMessage: 'A message was larger than the Kafka broker accepts.',
      cause,
    });
  }
  if (chain.some((error) => typeof error.code === 'string' && CERTIFICATE.test(error.code))) {
    return new TapedeckError('bad-config', message, {
      userMessage: `The TLS connection to Kafka failed: ${message}. Check the certificates.`,
      cause,
    });
  }
  return new TapedeckError('connection-lost', message, {
    retryable: true,
    userMessage: `Kafka cannot be reached: ${message}`,
    cause,
  });
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
