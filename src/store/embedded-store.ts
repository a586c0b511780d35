import { resolve, sep } from 'node:path';
import { TapedeckError } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import type { DataFolderLock } from './data-folder-lock.ts';
import { corruptFolder, ensureEmbeddedFolder } from './embedded-folder.ts';
import { EngineThreadEnded } from './engine-thread.ts';
import { folderBytes } from './folder-bytes.ts';
import { migrate } from './migrate.ts';
import { PgliteDatabase } from './pglite-database.ts';
import { schemaName } from './schema-name.ts';
import { migrationsDirectory, preparedDatabaseFile } from './sql-files.ts';
import { UPDATED_TABLES } from './retention.ts';
import { SqlStore } from './sql-store.ts';
import type { Store } from './store.ts';

export interface EmbeddedStoreOptions {
  /** Proof that no other program works on the data folder; stays with the caller, who releases it after closing the store. */
  readonly lock: DataFolderLock;
  /** The dataset's own database folder, inside the locked data folder; created on first start. */
  readonly directory: string;
  /** See `datasetSchema`. */
  readonly schema: string;
  readonly log: Log;
}

const UPKEEP = UPDATED_TABLES.map((table) => `VACUUM ${table}`);

/**
 * Opens the embedded PostgreSQL of one dataset, recovering from its log after an unclean end. Rejects with `corrupt` (see
 * `setAside`), `unsupported` (files or schema of another version), `disk-full` or `read-only`.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const directory = resolve(options.directory);
  if (!directory.startsWith(resolve(options.lock.directory) + sep)) {
    throw new TapedeckError('internal', `${directory} lies outside the locked folder ${options.lock.directory}`);
  }
  await ensureEmbeddedFolder(directory, preparedDatabaseFile(), options.log);
  const database = await openEngine(directory, schemaName(options.schema), options.log);
  try {
    const schema = await migrate(database, migrationsDirectory(), options.log);
    return await SqlStore.open(
      database,
      schema,
      async () => (await folderBytes(options.lock.directory)) - (await folderBytes(directory)),
    );
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openEngine(directory: string, schema: string, log: Log): Promise<PgliteDatabase> {
  try {
    return await PgliteDatabase.open({ directory, schema, upkeep: UPKEEP, log });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof EngineThreadEnded) {
      throw new TapedeckError('internal', `the engine could not start: ${reason}`, {
        userMessage: `The engine of the embedded database could not start (${reason}). The data is untouched. Start again; if that does not help, install TapeDeck anew.`,
        cause: error,
      });
    }
    throw corruptFolder(directory, `the engine could not start: ${reason}`, error);
  }
}
