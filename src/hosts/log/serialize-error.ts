import { pino } from 'pino';

/** As pino writes an error, but with the message of a cause left out where the error above it says it already. */
export function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const serialized = pino.stdSerializers.err(error);
  serialized.message = messageWithCauses(error);
  return serialized;
}

function messageWithCauses(error: Error): string {
  let message = error.message;
  const seen = new Set<unknown>([error]);
  for (let { cause } = error; cause instanceof Error && !seen.has(cause); { cause } = cause) {
    seen.add(cause);
    if (!message.includes(cause.message)) message = `${message}: ${cause.message}`;
  }
  return message;
}
