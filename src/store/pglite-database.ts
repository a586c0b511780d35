import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PGlite } from '@electric-sql/pglite';
import type { Transaction } from '@electric-sql/pglite';
import { TapedeckError } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import type { DatabaseState, SqlDatabase, SqlResult, SqlSession, SqlValue } from './sql-database.ts';
import { databaseError, sqlState } from './database-error.ts';
import { folderBytes } from './folder-bytes.ts';
import { VALUE_PARSERS } from './sql-values.ts';

/**
 * Memory is mostly `shared_buffers`. There is no checkpointer in a single process, so checkpoints are asked for below; there
 * is no replica either, so the log holds the minimum. `fsync` does nothing in this build: what was acknowledged survives the
 * death of the process but, until the operating system wrote its cache, not the loss of power.
 */
const SETTINGS = [
  'shared_buffers=16MB',
  'max_connections=5',
  'wal_level=minimal',
  'max_wal_senders=0',
  'min_wal_size=32MB',
  'max_wal_size=64MB',
  'jit=off',
  'timezone=UTC',
];

/** Write-ahead log after which upkeep is due: it bounds the folder and the recovery time. */
const UPKEEP_BYTES = 48 * 1024 * 1024;
/** The log takes about this many times what a statement was given. */
const LOG_BYTES_PER_BYTE = 2;
const LOG_BYTES_PER_STATEMENT = 2_000;
/**
 * Bytes of WebAssembly a function executes before V8 optimises it. With V8's own figure half of the processor time of a start
 * goes into optimising what runs once; what stays hot passes this one in its first seconds.
 */
const OPTIMISE_AFTER_BYTES = 90_000_000;
/** Garbage of the start is left until the first screen has been drawn. */
const COLLECT_AFTER_MS = 10_000;
const FIRST_RECOVERY_MS = 500;
const LONGEST_RECOVERY_MS = 30_000;
/** After these the engine answers nothing sensible any more, until it is started anew: disk full, i/o error, stuck portal. */
const BREAKING_STATES = new Set(['53100', '58030', '24000']);

export interface PgliteDatabaseOptions {
  /** A prepared data folder; PGlite must not be left to create one over what is there. */
  readonly directory: string;
  readonly schema: string;
  /** Statements to run every now and then; nothing else vacuums here. */
  readonly upkeep: readonly string[];
  readonly log: Log;
}

/**
 * The embedded PostgreSQL. Its statements run on the calling thread, one transaction after the other. When the engine breaks
 * (a full disk does it), calls fail with a retryable error while it is started again on the same folder, which recovers
 * everything acknowledged from its log.
 */
export class PgliteDatabase implements SqlDatabase {
  readonly engine = 'embedded';
  readonly schema: string;
  readonly #options: PgliteDatabaseOptions;
  readonly #closing = new AbortController();
  #pglite: PGlite;
  #sessionScript = '';
  #logBytes = 0;
  #failure: TapedeckError | null = null;
  #recovery: Promise<void> = Promise.resolve();

  private constructor(options: PgliteDatabaseOptions, pglite: PGlite) {
    this.schema = options.schema;
    this.#options = options;
    this.#pglite = pglite;
  }

  static async open(options: PgliteDatabaseOptions): Promise<PgliteDatabase> {
    return new PgliteDatabase(options, await startEngine(options, ''));
  }

  get state(): DatabaseState {
    if (this.#failure !== null) return { isReachable: false, detail: this.#failure.message };
    const isClosed = this.#closing.signal.aborted;
    return { isReachable: !isClosed, detail: isClosed ? 'closed' : 'in the data folder' };
  }

  query<Row extends object>(text: string, parameters: readonly SqlValue[] = []): Promise<SqlResult<Row>> {
    return this.#sessionOn(this.#pglite).query<Row>(text, parameters);
  }

  run(script: string): Promise<void> {
    return this.#sessionOn(this.#pglite).run(script);
  }

  copyIn(target: string, rows: Uint8Array): Promise<void> {
    return this.#sessionOn(this.#pglite).copyIn(target, rows);
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    let rejection: { readonly reason: unknown } | null = null;
    const result = await this.#attempt(() =>
      this.#pglite.transaction((transaction) =>
        work(this.#sessionOn(transaction)).catch((reason: unknown) => {
          rejection = { reason };
          throw reason;
        }),
      ),
    ).catch((error: unknown) => {
      throw rejection === null ? error : rejection.reason;
    });
    await this.#keepUp();
    return result;
  }

  async prepareSessions(script: string): Promise<void> {
    this.#sessionScript = script;
    await this.run(script);
  }

  async sizeBytes(): Promise<number> {
    const { directory } = this.#options;
    const [all, log] = await Promise.all([folderBytes(directory), folderBytes(join(directory, 'pg_wal'))]);
    return all - log;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#recovery;
    if (this.#failure === null) await this.#pglite.close();
  }

  #sessionOn(pglite: Pick<Transaction, 'query' | 'exec'>): SqlSession {
    return {
      query: <Row extends object>(text: string, parameters: readonly SqlValue[] = []): Promise<SqlResult<Row>> =>
        this.#attempt(async () => {
          this.#logBytes += LOG_BYTES_PER_STATEMENT;
          for (const value of parameters) {
            if (typeof value === 'string' || value instanceof Uint8Array) {
              this.#logBytes += value.length * LOG_BYTES_PER_BYTE;
            }
          }
          const { rows, affectedRows } = await pglite.query<Row>(text, [...parameters]);
          return { rows, affectedRows: affectedRows ?? 0 };
        }),
      run: (script) =>
        this.#attempt(async () => {
          await pglite.exec(script);
        }),
      copyIn: (target, rows) =>
        this.#attempt(async () => {
          this.#logBytes += rows.length * LOG_BYTES_PER_BYTE;
          const blob = new Blob([rows]);
          await pglite.query(`COPY ${target} FROM '/dev/blob' WITH (FORMAT binary)`, [], { blob });
        }),
    };
  }

  async #keepUp(): Promise<void> {
    if (this.#logBytes < UPKEEP_BYTES) return;
    this.#logBytes = 0;
    for (const statement of this.#options.upkeep) await this.run(statement);
    await this.run('CHECKPOINT');
  }

  async #attempt<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted) throw new TapedeckError('closed', 'The embedded database is closed');
    if (this.#failure !== null) throw this.#failure;
    try {
      return await call();
    } catch (error) {
      if (!isBreaking(error)) throw databaseError(error);
      throw this.#failure ?? this.#recoverFrom(error);
    }
  }

  #recoverFrom(error: unknown): TapedeckError {
    const { directory, log } = this.#options;
    const cause = databaseError(error);
    const failure = new TapedeckError(
      cause.code === 'disk-full' ? 'disk-full' : 'connection-lost',
      `The embedded database in ${directory} stopped: ${cause.message}`,
      {
        cause: error,
        retryable: true,
        userMessage:
          cause.code === 'disk-full'
            ? `The disk of ${directory} is full. Free some space; TapeDeck goes on by itself and has lost nothing that was stored.`
            : `The embedded database in ${directory} stopped and is being started again. Nothing that was stored is lost.`,
      },
    );
    this.#failure = failure;
    log.error({ directory, reason: cause.message }, 'embedded database stopped, starting it again');
    this.#recovery = this.#recover();
    return failure;
  }

  async #recover(): Promise<void> {
    const { directory, log } = this.#options;
    for (let pauseMs = FIRST_RECOVERY_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_RECOVERY_MS)) {
      try {
        await pause(pauseMs, undefined, { signal: this.#closing.signal });
        this.#pglite = await startEngine(this.#options, this.#sessionScript);
        this.#failure = null;
        log.info({ directory }, 'embedded database runs again');
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        log.warn({ directory, reason: databaseError(error).message }, 'embedded database does not start yet');
      }
    }
  }
}

async function startEngine(options: PgliteDatabaseOptions, sessionScript: string): Promise<PGlite> {
  setFlagsFromString(`--wasm-tiering-budget=${OPTIMISE_AFTER_BYTES}`);
  setFlagsFromString('--wasm-lazy-validation');
  const pglite = await PGlite.create({
    dataDir: options.directory,
    startParams: [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ['-c', setting])],
    parsers: { ...VALUE_PARSERS },
  });
  setTimeout(collectGarbage, COLLECT_AFTER_MS).unref();
  await pglite.exec(`SET search_path TO ${options.schema}; ${sessionScript}`);
  return pglite;
}

/** Besides those states: what the WebAssembly runtime throws when the engine aborts. */
function isBreaking(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'RuntimeError' || error.name === 'ExitStatus') return true;
  const state = sqlState(error);
  return state !== null && BREAKING_STATES.has(state);
}

/** Opening leaves some 50 MB of garbage behind that V8 would keep for a long time. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}
