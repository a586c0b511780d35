import { ORPCError, ValidationError } from '@orpc/server';
import { TapedeckError } from '../market/index.ts';
import type { ErrorCode, Log } from '../market/index.ts';

const ORPC_CODES: Readonly<Record<ErrorCode, string>> = {
  'bad-input': 'BAD_REQUEST',
  'bad-config': 'BAD_REQUEST',
  'bad-message': 'BAD_REQUEST',
  'unknown-symbol': 'NOT_FOUND',
  unauthorized: 'UNAUTHORIZED',
  'plan-limit': 'FORBIDDEN',
  throttled: 'TOO_MANY_REQUESTS',
  'connection-lost': 'SERVICE_UNAVAILABLE',
  timeout: 'TIMEOUT',
  'not-found': 'NOT_FOUND',
  conflict: 'CONFLICT',
  locked: 'SERVICE_UNAVAILABLE',
  corrupt: 'INTERNAL_SERVER_ERROR',
  'disk-full': 'INTERNAL_SERVER_ERROR',
  'read-only': 'INTERNAL_SERVER_ERROR',
  'port-taken': 'INTERNAL_SERVER_ERROR',
  unsupported: 'NOT_IMPLEMENTED',
  closed: 'SERVICE_UNAVAILABLE',
  internal: 'INTERNAL_SERVER_ERROR',
};

/** What the UI gets for a failure: a sentence, and `{ code, retryable }` to branch on. */
export function requestError(error: unknown, log: Log): ORPCError<string, { code: ErrorCode; retryable: boolean }> {
  const known = validationError(error) ?? TapedeckError.from(error);
  if (known.code === 'internal') log.error({ error }, 'a request failed unexpectedly');
  return new ORPCError(ORPC_CODES[known.code], {
    message: known.userMessage,
    data: { code: known.code, retryable: known.retryable },
    cause: error,
  });
}

function validationError(error: unknown): TapedeckError | null {
  if (!(error instanceof ORPCError) || error.code !== 'BAD_REQUEST') return null;
  if (!(error.cause instanceof ValidationError)) return null;
  const issue = error.cause.issues[0];
  const path = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.') ?? '';
  return new TapedeckError('bad-input', `${path === '' ? 'the request' : path}: ${issue?.message ?? 'is not right'}`);
}
