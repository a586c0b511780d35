import { TapedeckError } from '../market/index.ts';

/** Says in the user's words why a file they named could not be written or read. */
export function userFileError(error: unknown, path: string): TapedeckError {
  if (error instanceof TapedeckError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TapedeckError('disk-full', `no space left for ${path}`, {
      retryable: true,
      userMessage: `The disk is full: ${path} could not be written.`,
      cause: error,
    });
  }
  if (code === 'ENOENT') return new TapedeckError('not-found', `${path} does not exist`, { cause: error });
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST'].includes(code)) {
    return new TapedeckError('read-only', `${path} cannot be used (${code})`, { cause: error });
  }
  return TapedeckError.from(error);
}
