import { join } from 'node:path';
import { TapedeckError } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { BackoffOptions } from '../runtime/backoff.ts';
import { sqlState } from './sql-state.ts';
import type { DatabaseState, SqlDatabase, SqlResult, SqlSession, SqlValue } from './sql-database.ts';
import { databaseError } from './database-error.ts';
import type { EngineCall } from './engine-messages.ts';
import { EngineThread, EngineThreadEnded } from './engine-thread.ts';
import { folderBytes } from './folder-bytes.ts';

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
const RECOVERY_BACKOFF: BackoffOptions = { baseMs: 500, maxMs: 30_000 };
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
 * The embedded PostgreSQL, in a thread of its own, one transaction after the other. When the engine breaks (a full disk does
 * it) or its thread ends, calls fail with a retryable error while it is started again on the same folder, which recovers
 * everything acknowledged from its log.
 */
export class PgliteDatabase implements SqlDatabase {
  readonly engine = 'embedded';
  readonly schema: string;
  readonly #options: PgliteDatabaseOptions;
  readonly #closing = new AbortController();
  #thread!: EngineThread;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #sessionScript = '';
  #logBytes = 0;
  #failure: TapedeckError | null = null;
  #recovery: Promise<void> = Promise.resolve();

  private constructor(options: PgliteDatabaseOptions) {
    this.schema = options.schema;
    this.#options = options;
  }

  static async open(options: PgliteDatabaseOptions): Promise<PgliteDatabase> {
    const database = new PgliteDatabase(options);
    database.#thread = await database.#startEngine();
    return database;
  }

  get state(): DatabaseState {
    if (this.#failure !== null) return { isReachable: false, detail: this.#failure.message };
    const isClosed = this.#closing.signal.aborted;
    return { isReachable: !isClosed, detail: isClosed ? 'closed' : 'in the data folder' };
  }

  query<Row extends object>(text: string, parameters: readonly SqlValue[] = []): Promise<SqlResult<Row>> {
    return this.#inTurn(() => this.#sessionOn(this.#thread).query<Row>(text, parameters));
  }

  run(script: string): Promise<void> {
    return this.#inTurn(() => this.#sessionOn(this.#thread).run(script));
  }

  copyIn(target: string, rows: Uint8Array): Promise<void> {
    return this.#inTurn(() => this.#sessionOn(this.#thread).copyIn(target, rows));
  }

  copyOut(query: string): Promise<Uint8Array> {
    return this.#inTurn(() => this.#sessionOn(this.#thread).copyOut(query));
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const { result, committed } = await this.#inTurn(async () => {
      const thread = this.#thread;
      const session = this.#sessionOn(thread);
      const begun = session.run('BEGIN');
      try {
        const [outcome] = await Promise.allSettled([work(session), begun]);
        await begun;
        if (outcome.status === 'rejected') throw outcome.reason;
        // The turn ends here: what the next one sends is performed after the commit.
        return { result: outcome.value, committed: session.run('COMMIT') };
      } catch (error) {
        await this.#rollBack(thread);
        throw error;
      }
    });
    await committed;
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
    await this.#lastTurn;
    if (this.#failure === null) await this.#thread.close();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  #sessionOn(thread: EngineThread): SqlSession {
    return {
      query: async <Row extends object>(
        text: string,
        parameters: readonly SqlValue[] = [],
      ): Promise<SqlResult<Row>> => {
        this.#logBytes += LOG_BYTES_PER_STATEMENT;
        for (const value of parameters) {
          if (typeof value === 'string' || value instanceof Uint8Array) {
            this.#logBytes += value.length * LOG_BYTES_PER_BYTE;
          }
        }
        return (await this.#call(thread, { kind: 'query', text, parameters })) as SqlResult<Row>;
      },
      run: async (script) => {
        await this.#call(thread, { kind: 'run', script });
      },
      copyIn: async (target, rows) => {
        this.#logBytes += rows.length * LOG_BYTES_PER_BYTE;
        // The copy is handed over to the thread; the caller's bytes stay the caller's.
        await this.#call(thread, { kind: 'copyIn', target, rows: rows.slice() });
      },
      copyOut: async (query) => {
        const { rows } = await this.#call(thread, { kind: 'copyOut', query });
        const [row] = rows as readonly { readonly bytes: Uint8Array }[];
        return row?.bytes ?? new Uint8Array();
      },
    };
  }

  /** Also after `close`: a transaction that it interrupted must not stay open. */
  async #rollBack(thread: EngineThread): Promise<void> {
    if (this.#failure !== null || thread !== this.#thread) return;
    try {
      await thread.call({ kind: 'run', script: 'ROLLBACK' });
    } catch (error) {
      this.#recoverFrom(thread, error);
    }
  }

  async #keepUp(): Promise<void> {
    if (this.#logBytes < UPKEEP_BYTES) return;
    this.#logBytes = 0;
    for (const statement of this.#options.upkeep) await this.run(statement);
    await this.run('CHECKPOINT');
  }

  async #call(thread: EngineThread, call: EngineCall): Promise<SqlResult<object>> {
    if (this.#closing.signal.aborted) throw new TapedeckError('closed', 'The embedded database is closed');
    if (this.#failure !== null) throw this.#failure;
    try {
      return await thread.call(call);
    } catch (error) {
      if (!isBreaking(error)) throw databaseError(error);
      throw this.#recoverFrom(thread, error);
    }
  }

  #recoverFrom(thread: EngineThread, error: unknown): TapedeckError {
    if (this.#failure !== null) return this.#failure;
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
    // A transaction may have outlived its thread, and the next one be running already.
    if (thread !== this.#thread || this.#closing.signal.aborted) return failure;
    this.#failure = failure;
    log.error({ directory, reason: cause.message }, 'embedded database stopped, starting it again');
    this.#recovery = this.#recover(thread);
    return failure;
  }

  async #recover(broken: EngineThread): Promise<void> {
    const { directory, log } = this.#options;
    await broken.terminate();
    const backoff = new Backoff(RECOVERY_BACKOFF);
    while (await backoff.wait(this.#closing.signal)) {
      try {
        this.#thread = await this.#startEngine();
        this.#failure = null;
        log.info({ directory }, 'embedded database runs again');
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        log.warn({ directory, reason: databaseError(error).message }, 'embedded database does not start yet');
      }
    }
  }

  async #startEngine(): Promise<EngineThread> {
    const { directory, schema } = this.#options;
    const thread = await EngineThread.start(directory, SETTINGS, (ended, error) => {
      if (!this.#closing.signal.aborted) this.#recoverFrom(ended, error);
    });
    try {
      await thread.call({ kind: 'run', script: `SET search_path TO ${schema}; ${this.#sessionScript}` });
      return thread;
    } catch (error) {
      await thread.terminate();
      throw error;
    }
  }
}

/** Besides those states: what the WebAssembly runtime throws when the engine aborts. */
function isBreaking(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof EngineThreadEnded || error.name === 'RuntimeError' || error.name === 'ExitStatus') return true;
  const state = sqlState(error);
  return state !== null && BREAKING_STATES.has(state);
}
