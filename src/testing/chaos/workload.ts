import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { openKafkaBus } from '../../bus/kafka/kafka-bus.ts';
import { datasetSchema, datasetTopicPrefix, replayDatasetName, silentLog } from '../../market/index.ts';
import { parsePostgresDsn, type Store } from '../../store/index.ts';
import { openPostgresStore } from '../../store/postgres-store.ts';
import { CHAOS_FILE, type ChaosFeed } from './chaos-feed.ts';
import { ChaosWorker } from './chaos-worker.ts';
import { RecoveryMeter } from './recovery-meter.ts';
import { type StoredOutcome, watchPositions } from './stored-outcome.ts';

export type WorkerRole = 'ingest' | 'analyze' | 'persist' | 'notify' | 'serve';

/** Whose positions tell that work goes on. */
export interface WatchedPositions {
  readonly consumer: string;
  readonly topics: readonly string[];
}

/** Where the broker and the database are reached. */
export interface ServerAddresses {
  readonly bootstrapServers: string;
  /** Of a database that may create others. */
  readonly dsn: string;
}

export interface WorkloadOptions {
  /** Of lower-case letters, digits and `_`: names the database, the topics and the groups. */
  readonly name: string;
  readonly feed: ChaosFeed;
  /** Of which roles a process is started at once; the three that every trade passes by default. */
  readonly startedRoles?: readonly WorkerRole[];
  /** Wall time that the feed would take undisturbed; null for as fast as it goes. */
  readonly feedMs: number | null;
  /** The built command line program. */
  readonly program: string;
  readonly folder: string;
  readonly servers: ServerAddresses;
  /** Where a worker of this name believes them to be; a proxy perhaps. */
  readonly seenServers?: (workerName: string) => Partial<ServerAddresses>;
  /** Further variables of one role's processes. */
  readonly environmentOf?: (role: WorkerRole) => Readonly<Record<string, string>>;
  /** Those of `persist` by default. */
  readonly watched?: WatchedPositions;
  /** Puts into the new database what has to be there before anybody works. */
  readonly prepareDatabase?: (database: NewDatabase) => Promise<void>;
}

export interface NewDatabase {
  readonly client: Client;
  readonly store: Store;
  readonly schema: string;
}

const DATASET = replayDatasetName(CHAOS_FILE);
const SCHEMA = datasetSchema(DATASET);
export const TRADE_ROLES: readonly WorkerRole[] = ['persist', 'analyze', 'ingest'];
const STORED: WatchedPositions = { consumer: 'persist', topics: ['trades', 'candles'] };
const PARTITION_COUNT = 4;
const END_PATIENCE_MS = 240_000;
const ASK_TIMEOUT_MS = 2_000;

/** The three roles at work on one feed, each in processes of its own, with a database and topics of their own. */
export class Workload {
  readonly meter: RecoveryMeter;
  readonly topicPrefix: string;
  readonly #options: WorkloadOptions;
  readonly #dsn: string;
  readonly #pool: Pool;
  readonly #watched: WatchedPositions;
  readonly #workers = new Map<string, ChaosWorker>();
  readonly #problems: string[] = [];
  #speed: string;
  #isEnded = false;

  private constructor(options: WorkloadOptions) {
    this.#options = options;
    const { name, feed, feedMs, servers } = options;
    this.topicPrefix = datasetTopicPrefix(name, DATASET);
    this.#speed = feedMs === null ? 'max' : String(Math.max(0.1, Math.round((feed.lengthMs / feedMs) * 10) / 10));
    this.#watched = options.watched ?? STORED;
    this.#dsn = databaseDsn(servers.dsn, name);
    this.#pool = new Pool({ connectionString: this.#dsn, max: 1, connectionTimeoutMillis: ASK_TIMEOUT_MS });
    // Scenarios take the database away; the next question then says so.
    this.#pool.on('error', () => undefined);
    this.meter = new RecoveryMeter(
      () => this.#storedPositions(),
      () => this.#isEnded,
    );
  }

  /** Makes database and topics and starts one process of each role. */
  static async start(options: WorkloadOptions): Promise<Workload> {
    const { name, servers, folder } = options;
    await withClient(servers.dsn, (client) => client.query(`CREATE DATABASE ${name}`));
    await mkdir(folder, { recursive: true });
    const dsn = databaseDsn(servers.dsn, name);
    const store = await openPostgresStore({ server: parsePostgresDsn(dsn), schema: SCHEMA, log: silentLog });
    try {
      await withClient(dsn, async (client) => {
        await watchPositions(client, SCHEMA);
        await options.prepareDatabase?.({ client, store, schema: SCHEMA });
      });
    } finally {
      await store.close();
    }
    const workload = new Workload(options);
    // Makes the topics.
    await workload.publishedTrades();
    for (const role of options.startedRoles ?? TRADE_ROLES) workload.startWorker(role, role);
    return workload;
  }

  /** How many trades, corrections and cancels the broker has acknowledged. */
  async publishedTrades(): Promise<number> {
    const { name, servers } = this.#options;
    const bus = await openKafkaBus({
      brokers: servers.bootstrapServers.split(','),
      clientId: 'chaos',
      groupPrefix: name,
      topicPrefix: this.topicPrefix,
      barsTopic: null,
      partitionCount: PARTITION_COUNT,
      log: silentLog,
    });
    try {
      return (await bus.endOffsets('trades')).reduce((sum, end) => sum + end, 0);
    } finally {
      await bus.close();
    }
  }

  /** What went wrong beside the numbers, a sentence each. */
  get problems(): readonly string[] {
    return [...this.#problems, ...this.meter.problems];
  }

  get schema(): string {
    return SCHEMA;
  }

  /** Whether all of the feed is analysed and stored. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  worker(name: string): ChaosWorker {
    const worker = this.#workers.get(name);
    if (worker === undefined) throw new Error(`There is no worker ${name}.`);
    return worker;
  }

  startWorker(name: string, role: WorkerRole): ChaosWorker {
    const { program, feed, folder } = this.#options;
    const command = [
      program,
      role === 'serve' ? 'web' : 'worker',
      '--stack',
      'remote',
      '--roles',
      role,
      '--log-level',
      'info',
    ];
    const replay = ['--replay', feed.file, '--speed', this.#speed, '--data-dir', join(folder, name)];
    const worker = new ChaosWorker({
      name,
      programArguments: [...command, ...replay],
      environment: this.#environment(name, role),
      logFile: join(folder, `${name}.log`),
      onEnd: (exitCode) => {
        if (role === 'ingest' && exitCode === 0) this.#isEnded = true;
        else if (exitCode !== null) this.#problems.push(`${name} ended by itself with exit code ${String(exitCode)}`);
      },
    });
    this.#workers.set(name, worker);
    return worker;
  }

  async stopWorker(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const worker = this.worker(name);
    this.#workers.delete(name);
    const refusal = await worker.stop(signal);
    if (refusal !== null) this.#problems.push(`${name} did not stop as asked: ${refusal}`);
  }

  /** Asks the database something as its administrator. */
  administrate<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return withClient(this.#dsn, work);
  }

  /** Resolves once all watched partitions have a position. */
  async flows(): Promise<void> {
    const deadlineMs = performance.now() + END_PATIENCE_MS;
    while (performance.now() < deadlineMs && !this.#isEnded) {
      const positions = await this.#storedPositions();
      if (positions !== null && positions.size === this.#watched.topics.length * PARTITION_COUNT) return;
      await delay(100);
    }
  }

  /** Resolves when all of the feed is analysed and stored; false when that took longer than `patienceMs`. */
  async ended(patienceMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + patienceMs;
    while (!this.#isEnded && performance.now() < deadlineMs) await delay(100);
    return this.#isEnded;
  }

  /** Reads the rest of the feed without pauses and waits until all of it is stored. */
  async runToEnd(): Promise<void> {
    if (!this.#isEnded && this.#speed !== 'max') {
      await this.meter.recovered(END_PATIENCE_MS);
      this.#speed = 'max';
      await this.stopWorker('ingest', 'SIGTERM');
      this.startWorker('ingest', 'ingest');
    }
    if (!(await this.ended(END_PATIENCE_MS)))
      this.#problems.push(`not all was stored within ${String(END_PATIENCE_MS / 1000)} s`);
  }

  /** Ends everybody and looks at what is stored. */
  async finish(): Promise<StoredOutcome> {
    await Promise.all([...this.#workers.keys()].map((name) => this.#endWorker(name)));
    await this.meter.close();
    return withClient(this.#dsn, (client) => this.#options.feed.readOutcome(client, SCHEMA));
  }

  /** Whatever state it is in. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop('SIGKILL')));
    this.#workers.clear();
    await this.meter.close();
    await this.#pool.end();
    await withClient(this.#options.servers.dsn, (client) =>
      client.query(`DROP DATABASE IF EXISTS ${this.#options.name} WITH (FORCE)`),
    );
  }

  async #endWorker(name: string): Promise<void> {
    await this.stopWorker(name, this.#isEnded ? 'SIGTERM' : 'SIGKILL');
  }

  #environment(workerName: string, role: WorkerRole): Readonly<Record<string, string>> {
    const { name, servers, seenServers, environmentOf } = this.#options;
    const seen = { ...servers, ...seenServers?.(workerName) };
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      KAFKA_BOOTSTRAP_SERVERS: seen.bootstrapServers,
      KAFKA_TOPIC_PREFIX: name,
      KAFKA_GROUP_ID: name,
      POSTGRES_DSN: databaseDsn(seen.dsn, name),
      ...environmentOf?.(role),
    };
  }

  async #storedPositions(): Promise<ReadonlyMap<string, number> | null> {
    try {
      const { rows } = await this.#pool.query<{ name: string; next: string }>(
        `SELECT topic || partition AS name, next FROM ${SCHEMA}.bus_positions WHERE consumer = $1 AND topic = ANY($2)`,
        [this.#watched.consumer, this.#watched.topics],
      );
      return new Map(rows.map(({ name, next }) => [name, Number(next)]));
    } catch {
      // A scenario has taken the database away; nothing is stored meanwhile either.
      return null;
    }
  }
}

function databaseDsn(dsn: string, name: string): string {
  const url = new URL(dsn);
  url.pathname = `/${name}`;
  return url.href;
}

async function withClient<T>(dsn: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: dsn });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
