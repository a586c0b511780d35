import { fileError } from '../../market/index.ts';
import type { TapedeckError } from '../../market/index.ts';

/** A failed file operation of the log, in words that tell the user what to do; the log goes on by itself when it can. */
export function diskError(cause: unknown, path: string): TapedeckError {
  return fileError(cause, path, {
    isRetried: true,
    advice: {
      'disk-full': 'Free some space; TapeDeck goes on by itself.',
      'read-only': 'Make the folder writable, or choose another with --data-dir.',
    },
  });
}
