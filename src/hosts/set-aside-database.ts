import { access } from 'node:fs/promises';
import { TapedeckError, fileError } from '../market/index.ts';
import { acquireDataFolderLock, readDataFolderLock, setAside } from '../store/index.ts';
import type { Config } from './config/config.ts';
import { databaseFolder } from './stack.ts';

/**
 * Renames the database of a dataset, so that the next start makes a new one from what the message log still holds, and answers
 * where it is kept. Rejects with `not-found` where there is none, and with `locked` while a TapeDeck runs on the data folder.
 */
export async function setAsideDatabase(config: Pick<Config, 'dataDir' | 'dataset'>, nowMs: number): Promise<string> {
  const directory = databaseFolder(config);
  await access(directory).catch((error: unknown) => {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw isMissing
      ? new TapedeckError('not-found', `There is no database in ${directory}`)
      : fileError(error, directory);
  });
  const holder = await readDataFolderLock(config.dataDir);
  if (holder !== null) {
    throw new TapedeckError(
      'locked',
      `${config.dataDir} is in use by process ${holder.pid}: stop that TapeDeck first`,
      {
        retryable: true,
      },
    );
  }
  const lock = await acquireDataFolderLock(config.dataDir, nowMs);
  try {
    return await setAside(directory, nowMs);
  } finally {
    await lock.release();
  }
}
