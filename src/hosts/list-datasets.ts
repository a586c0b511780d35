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

/**
 * The dataset asked for, else the one last run, else the only one there is. Throws `bad-config` where there are several, and
 * `not-found` for one that is not there: opening it would make it, which nobody wants who only reads.
 */
export async function chooseDataset(
  config: Parameters<typeof listDatasets>[0] & Pick<Config, 'wasDatasetAsked'>,
  { last, holds }: { readonly last: DatasetName | null; readonly holds: string },
  log: Log,
): Promise<DatasetName> {
  const known = await listDatasets(config, log);
  const asked = config.wasDatasetAsked ? config.dataset : last;
  if (asked === null && known.length > 1) {
    throw new TapedeckError(
      'bad-config',
      `${holds} several datasets: choose one of ${known.join(', ')} with --dataset`,
    );
  }
  const dataset = asked ?? known[0] ?? config.dataset;
  if (known.includes(dataset)) return dataset;
  const others =
    known.length === 0 ? 'Nothing was stored there yet.' : `There is ${known.join(', ')}: choose with --dataset.`;
  const message = `${holds} nothing of dataset ${dataset}`;
  throw new TapedeckError('not-found', message, { userMessage: `${message}. ${others}` });
}
