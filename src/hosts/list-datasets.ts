import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TapedeckError, datasetOfSchema, fileError, isDatasetName } from '../market/index.ts';
import type { DatasetName, Log } from '../market/index.ts';
import { parsePostgresDsn } from '../store/postgres-dsn.ts';
import type { Config } from './config/config.ts';
import { datasetFolder } from './stack.ts';

/** Every dataset in the data folder or the database of a configuration, in alphabetical order. */
export async function listDatasets(
  config: Pick<Config, 'stack' | 'dataDir' | 'dataset' | 'postgresDsn'>,
  log: Log,
): Promise<readonly DatasetName[]> {
  const names =
    config.stack === 'embedded'
      ? (await foldersIn(dirname(datasetFolder(config)))).filter(isDatasetName)
      : await datasetsInDatabase(config.postgresDsn ?? '', log);
  return names.toSorted();
}

async function foldersIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(error, directory);
  }
}

async function datasetsInDatabase(dsn: string, log: Log): Promise<readonly DatasetName[]> {
  const { listSchemas } = await import('../store/postgres-store.ts');
  const schemas = await listSchemas({ server: parsePostgresDsn(dsn), log });
  return schemas.map(datasetOfSchema).filter((name) => name !== null);
}

/** Throws `not-found` for a dataset that is not there: opening it makes it where it is missing, which nobody wants who only reads. */
export async function requireDataset(
  config: Parameters<typeof listDatasets>[0],
  holds: string,
  log: Log,
): Promise<void> {
  const known = await listDatasets(config, log);
  if (known.includes(config.dataset)) return;
  const others =
    known.length === 0 ? 'Nothing was stored there yet.' : `There is ${known.join(', ')}: choose with --dataset.`;
  throw new TapedeckError('not-found', `${holds} nothing of dataset ${config.dataset}`, {
    userMessage: `${holds} nothing of dataset ${config.dataset}. ${others}`,
  });
}
