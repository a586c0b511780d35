import type { Writable } from 'node:stream';
import { TapedeckError, datasetSchema, silentLog } from '../../market/index.ts';
import type { DatasetName } from '../../market/index.ts';
import { acquireDataFolderLock, parsePostgresDsn, readDataFolderLock } from '../../store/index.ts';
import type { CopiedTableSummary } from '../../store/index.ts';
import { loadProcessConfig } from '../boot.ts';
import type { Config } from '../config/config.ts';
import { helpText } from '../config/help-text.ts';
import { parseFlags } from '../config/parse-flags.ts';
import { listDatasets, requireDataset } from '../list-datasets.ts';
import { lastDataset, openStore } from '../stack.ts';
import { savedToken } from '../web/access-control.ts';
import { COPY_FLAGS, COPY_SWITCHES, readCopyRequest } from './copy-request.ts';
import type { CopyRequest } from './copy-request.ts';
import { copyThroughInstance } from './copy-through-instance.ts';
import { copyWithServer } from './copy-with-server.ts';
import type { CopyWithServer } from './copy-with-server.ts';
import { progressPrinter, summaryTable } from './copy-report.ts';

const EXIT_OK = 0;
const EXIT_FAILED = 1;

export interface StoreSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  readonly standardOutput: Writable;
  readonly writeError: (line: string) => void;
  readonly stop: AbortSignal;
}

/** `store copy --from embedded --to remote`, `store migrate --stack remote`. Answers the exit code. */
export async function runStoreCommand(args: readonly string[], surroundings: StoreSurroundings): Promise<number> {
  const [verb = ''] = args;
  if (verb === '--help' || verb === '') {
    surroundings.standardOutput.write(helpText());
    return EXIT_OK;
  }
  if (verb === 'copy') return copy(args.slice(1), surroundings);
  if (verb === 'migrate') return migrate(args.slice(1), surroundings);
  throw new TapedeckError('bad-config', `store: ${JSON.stringify(verb)} must be copy or migrate`);
}

async function copy(args: readonly string[], surroundings: StoreSurroundings): Promise<number> {
  const { flags, switches } = parseFlags(args, COPY_FLAGS, COPY_SWITCHES);
  const request = readCopyRequest(flags);
  const { config } = loadProcessConfig('export', { ...flags, stack: request.server }, surroundings);
  const dataset = await datasetToCopy(request, config);
  const work: CopyWithServer = {
    direction: request.direction,
    dataset,
    dsn: config.postgresDsn ?? '',
    onProgress: progressPrinter(surroundings.writeError, () => Date.now()),
    signal: surroundings.stop,
  };
  const summaries = await copyWherever({ ...config, dataset }, work);
  surroundings.standardOutput.write(
    switches.has('json') ? `${JSON.stringify(summaries, null, 2)}\n` : summaryTable(dataset, summaries),
  );
  return summaries.some(({ verified }) => verified === 'failed') ? EXIT_FAILED : EXIT_OK;
}

/** The one asked for, which the source must have; else the one last run in the folder, else the only one of the source. */
async function datasetToCopy({ direction }: CopyRequest, config: Config): Promise<DatasetName> {
  const source: Config = direction === 'out-of-folder' ? { ...config, stack: 'embedded' } : config;
  const last = config.wasDatasetAsked ? null : await lastDataset(config.dataDir);
  const known = last === null && !config.wasDatasetAsked ? await listDatasets(source, silentLog) : [];
  const dataset = last ?? (known.length === 1 && known[0] !== undefined ? known[0] : config.dataset);
  const holds = direction === 'out-of-folder' ? `${config.dataDir} holds` : 'The database holds';
  await requireDataset({ ...source, dataset }, holds, silentLog);
  return dataset;
}

/** In the instance that holds the data folder, or here where nobody does. */
async function copyWherever(config: Config, work: CopyWithServer): Promise<readonly CopiedTableSummary[]> {
  const holder = await readDataFolderLock(config.dataDir);
  if (holder !== null) {
    const token = config.web.token ?? (await savedToken(config.dataDir));
    if (holder.url !== null && token !== null) return copyThroughInstance(holder.url, token, work);
    throw new TapedeckError('locked', `${config.dataDir} is in use by process ${holder.pid}, which is still starting`, {
      retryable: true,
    });
  }
  const lock = await acquireDataFolderLock(config.dataDir, Date.now());
  try {
    const store = await openStore({ ...config, stack: 'embedded' }, lock, silentLog);
    try {
      return await copyWithServer(store, work);
    } finally {
      await store.close();
    }
  } finally {
    await lock.release();
  }
}

async function migrate(args: readonly string[], surroundings: StoreSurroundings): Promise<number> {
  const { flags } = parseFlags(args);
  const { config } = loadProcessConfig('export', flags, surroundings);
  if (config.stack === 'embedded') {
    throw new TapedeckError(
      'bad-config',
      'store migrate: needs --stack bundled or remote; the embedded store is always up to date',
    );
  }
  const { migratePostgres } = await import('../../store/postgres-store.ts');
  const schema = datasetSchema(config.dataset);
  const migrated = await migratePostgres({
    server: parsePostgresDsn(config.postgresDsn ?? ''),
    schema,
    log: silentLog,
  });
  surroundings.standardOutput.write(
    `Schema ${schema} is at version ${migrated.version}, ${migrated.changes === 0 ? 'as before' : `${migrated.changes} migrations applied`}\n`,
  );
  return EXIT_OK;
}
