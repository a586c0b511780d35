import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PGlite } from '@electric-sql/pglite';
import type { Transaction } from '@electric-sql/pglite';
import { TapedeckError } from '../market/index.ts';
import type { DatabaseState, SqlDatabase, SqlResult, SqlSession, SqlValue } from './sql-database.ts';
import { databaseError } from './database-error.ts';
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

/** Write-ahead log since the last checkpoint after which the next is made: it bounds the folder and the recovery time. */
const CHECKPOINT_BYTES = 48 * 1024 * 1024;
/** The log takes about this many times what COPY was given. */
const LOG_BYTES_PER_COPIED_BYTE = 2;
const LOG_BYTES_PER_STATEMENT = 2_000;

export interface PgliteDatabaseOptions {
  /** A prepared data folder; PGlite must not be left to create one over what is there. */
  readonly directory: string;
  readonly schema: string;
}

/** The embedded PostgreSQL. Its statements run on the calling thread, one transaction after the other. */
export class PgliteDatabase implements SqlDatabase {
  readonly engine = 'embedded';
  readonly schema: string;
  readonly #directory: string;
  readonly #pglite: PGlite;
  #logBytes = 0;
  #failure: TapedeckError | null = null;
  #isClosed = false;

  private constructor(options: PgliteDatabaseOptions, pglite: PGlite) {
    this.schema = options.schema;
    this.#directory = options.directory;
    this.#pglite = pglite;
  }

  static async open(options: PgliteDatabaseOptions): Promise<PgliteDatabase> {
    const pglite = await PGlite.create({
      dataDir: options.directory,
      startParams: [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ['-c', setting])],
      parsers: { ...VALUE_PARSERS },
    });
    collectGarbage();
    const database = new PgliteDatabase(options, pglite);
    await database.run(`SET search_path TO ${options.schema}`);
    return database;
  }

  get state(): DatabaseState {
    if (this.#failure !== null) return { isReachable: false, detail: this.#failure.message };
    return { isReachable: !this.#isClosed, detail: this.#isClosed ? 'closed' : 'in the data folder' };
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
    if (this.#logBytes >= CHECKPOINT_BYTES) {
      this.#logBytes = 0;
      await this.run('CHECKPOINT');
    }
    return result;
  }

  prepareSessions(script: string): Promise<void> {
    return this.run(script);
  }

  async sizeBytes(): Promise<number> {
    const [all, log] = await Promise.all([folderBytes(this.#directory), folderBytes(join(this.#directory, 'pg_wal'))]);
    return all - log;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#failure === null) await this.#pglite.close();
  }

  #sessionOn(pglite: Pick<Transaction, 'query' | 'exec'>): SqlSession {
    return {
      query: <Row extends object>(text: string, parameters: readonly SqlValue[] = []): Promise<SqlResult<Row>> =>
        this.#attempt(async () => {
          this.#logBytes += LOG_BYTES_PER_STATEMENT;
          const { rows, affectedRows } = await pglite.query<Row>(text, [...parameters]);
          return { rows, affectedRows: affectedRows ?? 0 };
        }),
      run: (script) =>
        this.#attempt(async () => {
          await pglite.exec(script);
        }),
      copyIn: (target, rows) =>
        this.#attempt(async () => {
          this.#logBytes += rows.length * LOG_BYTES_PER_COPIED_BYTE;
          const blob = new Blob([rows]);
          await pglite.query(`COPY ${target} FROM '/dev/blob' WITH (FORMAT binary)`, [], { blob });
        }),
    };
  }

  /** After a panic inside the engine nothing but a new process recovers it, from its own log. */
  async #attempt<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new TapedeckError('closed', 'The embedded database is closed');
    if (this.#failure !== null) throw this.#failure;
    try {
      return await call();
    } catch (error) {
      if (!isPanic(error)) throw databaseError(error);
      this.#failure = enginePanic(error, this.#directory);
      throw this.#failure;
    }
  }
}

/** What the WebAssembly runtime throws when the engine aborts: no SQL error, and the instance is dead. */
function isPanic(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error.name === 'ExitStatus');
}

function enginePanic(cause: unknown, directory: string): TapedeckError {
  return new TapedeckError('internal', `The embedded database in ${directory} stopped: ${String(cause)}`, {
    cause,
    userMessage: `The embedded database in ${directory} stopped working, for want of disk space perhaps. Start TapeDeck again; nothing that was stored is lost.`,
  });
}

/** Opening leaves some 50 MB of garbage behind that V8 would keep for a long time. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}
