import { fileError } from '../market/index.ts';
import type { TapedeckError } from '../market/index.ts';

const OTHER_FOLDER = 'Choose another folder with --data-dir.';

/** What the file system refused in a data folder, with what the user can do about it. */
export function folderError(error: unknown, directory: string): TapedeckError {
  return fileError(error, directory, {
    advice: {
      'disk-full': 'Free some space and start again.',
      'read-only': OTHER_FOLDER,
      'bad-config': OTHER_FOLDER,
    },
  });
}
