import { TapedeckError } from '../../market/index.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const FORBIDDEN = new Set(['EACCES', 'EPERM', 'EROFS']);

/** A failed file operation in words that tell the user what to do; `disk-full` is worth retrying, `read-only` is not. */
export function diskError(cause: unknown, path: string): TapedeckError {
  if (cause instanceof TapedeckError) return cause;
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? '';
  const message = cause instanceof Error ? cause.message : String(cause);
  if (FULL.has(code)) {
    return new TapedeckError('disk-full', message, {
      retryable: true,
      userMessage: `The disk that holds ${path} is full. Free some space; TapeDeck goes on by itself.`,
      cause,
    });
  }
  if (FORBIDDEN.has(code)) {
    return new TapedeckError('read-only', message, {
      userMessage: `TapeDeck may not write to ${path}. Make the folder writable, or choose another with --data-dir.`,
      cause,
    });
  }
  return new TapedeckError('internal', message, {
    retryable: true,
    userMessage: `Reading or writing ${path} failed: ${message}`,
    cause,
  });
}
