import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openInProcessLog } from '../bus/index.ts';
import type { Bus } from '../bus/index.ts';
import { openEventRecorder } from '../feeds/index.ts';
import type { EventRecorder, Feed } from '../feeds/index.ts';
import { TapedeckError, datasetSchema, isDatasetName } from '../market/index.ts';
import type { DatasetName, Log } from '../market/index.ts';
import type { Notifier } from '../notify/notifier.ts';
import { openPipeline } from '../pipeline/index.ts';
import type { Metrics, Pipeline } from '../pipeline/index.ts';
import { openEmbeddedStore, parsePostgresDsn } from '../store/index.ts';
import type { DataFolderLock, Store } from '../store/index.ts';
import { topicNaming } from './config/compose-config.ts';
import type { Config } from './config/config.ts';
import { DamagedDatabaseError } from './damaged-database-error.ts';
import { marketClock, openFeed } from './open-feed.ts';
import { openNotifiers } from './open-notifiers.ts';
import { readKafkaTls } from './read-kafka-tls.ts';
import { Teardown } from './teardown.ts';

export interface RunningStack {
  readonly store: Store;
  readonly pipeline: Pipeline;
  /** Drains the pipeline, then closes feed, store and bus. */
  close(): Promise<void>;
}

interface StackHooks {
  /** Gives up what is being opened. */
  readonly signal: AbortSignal;
  /** Something is away and is being tried again; opening goes on. */
  readonly onWaiting: (detail: string) => void;
}

export type OpenStack = (config: Config, hooks: StackHooks) => Promise<RunningStack>;

export interface StackParts {
  readonly version: string;
  readonly hostId: string;
  /** Of the data folder; null where the stack keeps nothing on this machine. */
  readonly lock: DataFolderLock | null;
  /** The channel that only a desktop has. */
  readonly desktopNotifier: Notifier | null;
  readonly metrics: Metrics;
  readonly maskSecrets: (text: string) => string;
  readonly log: Log;
}

/**
 * The composition root: names the concrete bus, store and feed of each configuration. Clients of servers are loaded only by
 * the stack that has those servers, so that the embedded one starts without them.
 */
export function createStackOpener(parts: StackParts): OpenStack {
  return async (config, hooks) => {
    const opened = new Teardown();
    try {
      const clock = marketClock(config);
      const storeAndBus = [
        opened.keep(openStore(config, parts.lock, parts.log)),
        opened.keep(openBus(config, parts, hooks)),
      ] as const;
      // When one of them fails, the other must be there to be closed.
      await Promise.allSettled(storeAndBus);
      const [store, bus] = await Promise.all(storeAndBus);
      const feed = await openOwnFeed(config, parts);
      if (feed !== null) opened.add(() => feed.close());
      const recorder = await openRecorder(config, feed);
      if (recorder !== null) opened.add(() => recorder.close());
      const pipeline = await opened.keep(
        openPipeline({
          roles: config.roles,
          bus,
          store,
          feed,
          dataset: config.dataset,
          version: parts.version,
          hostId: parts.hostId,
          symbols: config.symbols,
          indicatorPeriods: config.indicatorPeriods,
          alertThresholds: config.alertThresholds,
          retention: config.retention,
          notifiers: openNotifiers(config, parts.desktopNotifier),
          recorder,
          maskSecrets: parts.maskSecrets,
          serveStartAt: config.kafka.startAt,
          clock,
          log: parts.log,
          metrics: parts.metrics,
        }),
      );
      parts.metrics.gauge('build_info', { version: parts.version, dataset: config.dataset, stack: config.stack }, 1);
      if (config.stack === 'embedded') await rememberDataset(config);
      return { store, pipeline, close: () => opened.run() };
    } catch (error) {
      await opened
        .run()
        .catch((failure: unknown) => parts.log.warn({ error: failure }, 'not everything opened could be closed'));
      throw error;
    }
  };
}

/** The store alone, for a command that only reads. */
export async function openStore(config: Config, lock: DataFolderLock | null, log: Log): Promise<Store> {
  const schema = datasetSchema(config.dataset);
  if (config.stack !== 'embedded') {
    const { openPostgresStore } = await import('../store/postgres-store.ts');
    return openPostgresStore({ server: parsePostgresDsn(config.postgresDsn ?? ''), schema, log });
  }
  if (lock === null) throw new TapedeckError('internal', 'the embedded store needs the lock of its data folder');
  try {
    return await openEmbeddedStore({ lock, directory: databaseFolder(config), schema, log });
  } catch (error) {
    if (error instanceof TapedeckError && error.code === 'corrupt') throw new DamagedDatabaseError(error, config);
    throw error;
  }
}

async function openBus(config: Config, parts: StackParts, hooks: StackHooks): Promise<Bus> {
  if (config.stack === 'embedded') {
    return openInProcessLog({
      directory: join(datasetFolder(config), 'log'),
      clock: marketClock(config),
      log: parts.log,
    });
  }
  const { openKafkaBus } = await import('../bus/kafka/kafka-bus.ts');
  const { brokers, group, tls, sasl } = config.kafka;
  const naming = topicNaming(config.kafka, config.dataset);
  return openKafkaBus({
    brokers,
    clientId: `tapedeck-${parts.hostId}`,
    groupPrefix: config.dataset === 'live' ? group : `${group}-${config.dataset}`,
    topicPrefix: naming.prefix,
    barsTopic: naming.barsTopic,
    ...(tls === null ? {} : { tls: readKafkaTls(tls) }),
    ...(sasl === null ? {} : { sasl }),
    log: parts.log,
    onState: (state) => {
      if (!state.isConnected) hooks.onWaiting(state.detail);
    },
    signal: hooks.signal,
  });
}

function openOwnFeed(config: Config, parts: StackParts): Promise<Feed | null> {
  if (!config.roles.has('ingest')) return Promise.resolve(null);
  return openFeed({ config, clock: marketClock(config), log: parts.log });
}

async function openRecorder({ recordFile }: Config, feed: Feed | null): Promise<EventRecorder | null> {
  if (recordFile === null || feed === null) return null;
  return openEventRecorder({ file: recordFile, instrumentOf: (symbol) => feed.instrument(symbol) });
}

/** Each dataset has its own folder, so that an invented price can never stand beside a real one. */
export function datasetFolder(config: Pick<Config, 'dataDir' | 'dataset'>): string {
  return join(config.dataDir, 'datasets', config.dataset);
}

/** The embedded database of a dataset. */
export function databaseFolder(config: Pick<Config, 'dataDir' | 'dataset'>): string {
  return join(datasetFolder(config), 'database');
}

function lastDatasetFile(dataDir: string): string {
  return join(dataDir, 'last-dataset');
}

async function rememberDataset(config: Config): Promise<void> {
  const file = lastDatasetFile(config.dataDir);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${config.dataset}\n`);
}

/** The dataset last run in a data folder; null where none was. */
export async function lastDataset(dataDir: string): Promise<DatasetName | null> {
  try {
    const name = (await readFile(lastDatasetFile(dataDir), 'utf8')).trim();
    return isDatasetName(name) ? name : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
