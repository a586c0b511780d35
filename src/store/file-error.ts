import { TapedeckError } from '../market/index.ts';
import type { ErrorCode } from '../market/index.ts';

const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOSPC: ['disk-full', 'The disk is full. Free some space and start again.'],
  EDQUOT: ['disk-full', 'The disk quota is used up. Free some space and start again.'],
  EROFS: ['read-only', 'It lies on a read-only disk. Choose another folder with --data-dir.'],
  EACCES: ['read-only', 'This user may not write there. Choose another folder with --data-dir.'],
  EPERM: ['read-only', 'This user may not write there. Choose another folder with --data-dir.'],
  ENOTDIR: ['bad-config', 'Part of that path is a file. Choose another folder with --data-dir.'],
  EEXIST: ['bad-config', 'There is a file of that name. Choose another folder with --data-dir.'],
};

/** What the file system refused, said about the folder it happened in. */
export function fileError(error: unknown, directory: string): TapedeckError {
  if (error instanceof TapedeckError) return error;
  const systemCode = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = CODES[systemCode];
  const message = `${directory}: ${error instanceof Error ? error.message : String(error)}`;
  if (known === undefined) return new TapedeckError('internal', message, { cause: error });
  const [code, advice] = known;
  return new TapedeckError(code, message, {
    cause: error,
    userMessage: `The data folder ${directory} cannot be written. ${advice}`,
  });
}
