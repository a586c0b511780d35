import { TapedeckError } from './tapedeck-error.ts';
import type { ErrorCode } from './tapedeck-error.ts';

/** What the operating system calls it, our code for it, and the reason as it follows a colon. */
const FAULTS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOSPC: ['disk-full', 'the disk is full'],
  EDQUOT: ['disk-full', 'the disk quota is used up'],
  EFBIG: ['disk-full', 'the disk takes no larger file'],
  EROFS: ['read-only', 'the disk is read-only'],
  EACCES: ['read-only', 'this user may not use it'],
  EPERM: ['read-only', 'this user may not use it'],
  ENOTDIR: ['bad-config', 'part of that path is a file'],
  EEXIST: ['bad-config', 'there is a file of that name'],
  EISDIR: ['bad-config', 'it is a folder, not a file'],
  ENOENT: ['not-found', 'it does not exist'],
};

export interface FileErrorOptions {
  /** A sentence for the user that says what to do or what follows, by code. */
  readonly advice?: Partial<Readonly<Record<ErrorCode, string>>>;
  /** Whether the caller tries again: a full disk may have room later, and a failing one may answer. */
  readonly isRetried?: boolean;
}

/** Our code for a code of the operating system; null where it says nothing about files. */
export function fileErrorCode(systemCode: string): ErrorCode | null {
  return FAULTS[systemCode]?.[0] ?? null;
}

/** What the file system refused, said about the file or folder in which it happened; errors of our own stay as they are. */
export function fileError(error: unknown, path: string, options: FileErrorOptions = {}): TapedeckError {
  const systemCode = error instanceof Error && 'code' in error ? String(error.code) : null;
  if (error instanceof TapedeckError || systemCode === null) return TapedeckError.from(error);
  const [code, reason] = FAULTS[systemCode] ?? ['internal', (error as Error).message];
  const advice = options.advice?.[code];
  const what = `${path} cannot be used: ${reason}`;
  return new TapedeckError(code, `${what} (${systemCode})`, {
    retryable: options.isRetried === true && (code === 'disk-full' || code === 'internal'),
    userMessage: advice === undefined ? `${what}.` : `${what}. ${advice}`,
    cause: error,
  });
}
