import type { Writable } from 'node:stream';
import { TapedeckError, datasetSchema, silentLog } from '../../market/index.ts';
import type { DatasetName } from '../../market/index.ts';
import { acquireDataFolderLock, parsePostgresDsn } from '../../store/index.ts';
import type { CopiedTableSummary } from '../../store/index.ts';
import { loadProcessConfig } from '../boot.ts';
import type { Config } from '../config/config.ts';
import { parseFlags } from '../config/parse-flags.ts';
import { chooseDataset } from '../list-datasets.ts';
import { findInstance } from '../running-instance.ts';
import { setAsideDatabase } from '../set-aside-database.ts';
import { lastDataset, openStore } from '../stack.ts';
import { COPY_FLAGS, COPY_SWITCHES, readCopyRequest } from './copy-request.ts';
import type { CopyRequest } from './copy-request.ts';
import { copyThroughInstance } from './copy-through-instance.ts';
import { copyWithServer } from './copy-with-server.ts';
import type { CopyWithServer } from './copy-with-server.ts';
import { progressPrinter, summaryTable } from './copy-report.ts';

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_BAD_USAGE = 2;

const HELP = `Usage: npm run store -- copy | migrate | set-aside, flags after it

  copy        take what is stored along: --from embedded --to remote (or bundled), or back; again goes on where it was stopped
  migrate     bring a database up to date: --stack remote (or bundled)
  set-aside   keep a damaged embedded database under a name with the date, so that the next start makes a new one

  --dataset live|mock|replay-NAME   which dataset; without it the only one there is, and to copy the one run last
  --json                            copy: the summary as JSON
  --data-dir, --config-dir          as everywhere; the servers are those of KAFKA_* and POSTGRES_*

Data goes to standard output, progress to standard error. Exit codes: 0 done, 1 failed, 2 bad usage.
`;

export interface StoreSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  readonly standardOutput: Writable;
  readonly writeError: (line: string) => void;
  readonly stop: AbortSignal;
}

/** `store copy --from embedded --to remote`, `store migrate --stack remote`, `store set-aside`. Answers the exit code. */
export async function runStoreCommand(args: readonly string[], surroundings: StoreSurroundings): Promise<number> {
  const [verb = ''] = args;
  if (verb === '') {
    surroundings.writeError(HELP);
    return EXIT_BAD_USAGE;
  }
  if (args.includes('--help')) {
    surroundings.standardOutput.write(HELP);
    return EXIT_OK;
  }
  if (verb === 'copy') return copy(args.slice(1), surroundings);
  if (verb === 'migrate') return migrate(args.slice(1), surroundings);
  if (verb === 'set-aside') return setAside(args.slice(1), surroundings);
  throw new TapedeckError(
    'bad-config',
    `store: ${JSON.stringify(verb)} must be copy, migrate or set-aside (see --help)`,
  );
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

async function datasetToCopy({ direction }: CopyRequest, config: Config): Promise<DatasetName> {
  const isFromFolder = direction === 'out-of-folder';
  const source: Config = isFromFolder ? { ...config, stack: 'embedded' } : config;
  const holds = isFromFolder ? `${config.dataDir} holds` : 'The database holds';
  return chooseDataset(source, { last: await lastDataset(config.dataDir), holds }, silentLog);
}

/** In the instance that holds the data folder, or here where nobody does. */
async function copyWherever(config: Config, work: CopyWithServer): Promise<readonly CopiedTableSummary[]> {
  const instance = await findInstance(config);
  if (instance !== null) return copyThroughInstance(instance, work);
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

async function setAside(args: readonly string[], surroundings: StoreSurroundings): Promise<number> {
  const { flags } = parseFlags(args);
  const { config } = loadProcessConfig('export', { ...flags, stack: 'embedded' }, surroundings);
  const dataset = await chooseDataset(config, { last: null, holds: `${config.dataDir} holds` }, silentLog);
  const kept = await setAsideDatabase({ ...config, dataset }, Date.now());
  surroundings.standardOutput.write(
    `The database of dataset ${dataset} is kept as ${kept}. The next start makes a new one.\n`,
  );
  return EXIT_OK;
}
