import { Pool, TypeOverrides } from 'pg';
import type { PoolClient, PoolConfig } from 'pg';
import { TapedeckError } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { BackoffOptions } from '../runtime/backoff.ts';
import { databaseError } from './database-error.ts';
import { sessionOn } from './postgres-session.ts';
import type {
  DatabaseState,
  SqlDatabase,
  SqlResult,
  SqlSession,
  SqlValue,
  TransactionOptions,
} from './sql-database.ts';
import { VALUE_PARSERS } from './value-parsers.ts';

const RETRY_BACKOFF: BackoffOptions = { baseMs: 250, maxMs: 10_000 };
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 120_000;
/** The server has ended the statement by then, unless it is gone: its last packets may be on a slow line. */
const ANSWER_LIMIT_MS = STATEMENT_TIMEOUT_MS + 15_000;
const PROBE_LIMIT_MS = 10_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
/** A process that stands still inside a transaction holds the rows it locked; whoever takes over waits no longer than this. */
const IDLE_TRANSACTION_TIMEOUT_MS = 10_000;

export interface PostgresDatabaseOptions {
  /** Host, user, password, ssl and so on, as `pg` takes them. */
  readonly connection: PoolConfig;
  /** How the server is called in messages: without user or password. */
  readonly label: string;
  readonly schema: string;
  readonly connections: number;
  /** How long a statement may stay without an answer, where it is not for other than the default. */
  readonly answerLimitMs?: number;
  readonly log: Log;
}

/**
 * A PostgreSQL server behind a pool. Once a connection is lost, calls fail at once with a retryable error while a probe
 * looks for the server with growing pauses; from its first success calls go through again.
 */
export class PostgresDatabase implements SqlDatabase {
  readonly engine = 'postgres';
  readonly schema: string;
  readonly #pool: Pool;
  readonly #label: string;
  readonly #answerLimitMs: number;
  readonly #log: Log;
  readonly #prepared = new WeakSet<PoolClient>();
  readonly #closing = new AbortController();
  #sessionScript = '';
  #lostBecause: TapedeckError | null = null;

  private constructor(options: PostgresDatabaseOptions) {
    this.schema = options.schema;
    this.#label = options.label;
    this.#answerLimitMs = options.answerLimitMs ?? ANSWER_LIMIT_MS;
    this.#log = options.log;
    this.#pool = new Pool({
      ...options.connection,
      max: options.connections,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      application_name: 'tapedeck',
      options: `-c search_path=${options.schema} -c timezone=UTC -c datestyle=ISO -c client_min_messages=warning -c statement_timeout=${STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=${IDLE_TRANSACTION_TIMEOUT_MS}`,
      types: valueParsers(),
    });
    this.#pool.on('error', (error) => this.#noteLoss(databaseError(error)));
    // A connection lost while in use fails its query as well; without a listener it would end the process.
    this.#pool.on('connect', (client) => client.on('error', (error) => this.#noteLoss(databaseError(error))));
  }

  /** Rejects when the server cannot be reached now; the error says whether trying again makes sense. */
  static async open(options: PostgresDatabaseOptions): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(options);
    try {
      await database.query('SELECT 1');
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  get state(): DatabaseState {
    return this.#lostBecause === null
      ? { isReachable: !this.#closing.signal.aborted, detail: this.#label }
      : { isReachable: false, detail: `${this.#label}: ${this.#lostBecause.message}` };
  }

  query<Row extends object>(text: string, parameters: readonly SqlValue[] = []): Promise<SqlResult<Row>> {
    return this.#withClient((client) => sessionOn(client, this.#answerLimitMs).query<Row>(text, parameters));
  }

  run(script: string): Promise<void> {
    return this.#withClient((client) => sessionOn(client, this.#answerLimitMs).run(script));
  }

  copyIn(target: string, rows: Uint8Array): Promise<void> {
    return this.#withClient((client) => sessionOn(client, this.#answerLimitMs).copyIn(target, rows));
  }

  copyOut(query: string): Promise<Uint8Array> {
    return this.#withClient((client) => sessionOn(client, this.#answerLimitMs).copyOut(query));
  }

  transaction<T>(work: (session: SqlSession) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#withClient(async (client) => {
      const session = sessionOn(client, options.mayTakeLong === true ? Infinity : this.#answerLimitMs);
      await session.run(options.mayTakeLong === true ? 'BEGIN; SET LOCAL statement_timeout = 0' : 'BEGIN');
      try {
        const result = await work(session);
        await session.run('COMMIT');
        return result;
      } catch (error) {
        await session.run('ROLLBACK').catch((failure: unknown) => this.#noteLoss(databaseError(failure)));
        throw error;
      }
    });
  }

  async prepareSessions(script: string): Promise<void> {
    this.#sessionScript = script;
  }

  async sizeBytes(): Promise<number> {
    const { rows } = await this.query<{ readonly bytes: number }>(
      // With whatever inherits from the schema's tables: the chunks of hypertables lie in another schema.
      `WITH RECURSIVE tables AS (
         SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relkind IN ('r', 'm')
         UNION SELECT i.inhrelid FROM pg_inherits i JOIN tables t ON i.inhparent = t.oid
       )
       SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::int8 AS bytes FROM tables`,
      [this.schema],
    );
    return rows[0]?.bytes ?? 0;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#pool.end();
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted) throw new TapedeckError('closed', `${this.#label} is closed`);
    if (this.#lostBecause !== null) throw this.#lostBecause;
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw this.#noteLoss(databaseError(error));
    });
    let isLost = false;
    try {
      if (this.#sessionScript !== '' && !this.#prepared.has(client)) {
        await sessionOn(client, this.#answerLimitMs).run(this.#sessionScript);
        this.#prepared.add(client);
      }
      return await work(client);
    } catch (error) {
      if (error instanceof TapedeckError) isLost = this.#noteLoss(error).code === 'connection-lost';
      throw error;
    } finally {
      client.release(isLost);
    }
  }

  /** Starts the probe when the error means that the server is gone; answers the error. */
  #noteLoss(error: TapedeckError): TapedeckError {
    if (error.code !== 'connection-lost' || this.#closing.signal.aborted) return error;
    if (this.#lostBecause === null) {
      this.#lostBecause = error;
      this.#log.warn({ database: this.#label, reason: error.message }, 'database lost, looking for it');
      void this.#probe();
    }
    return error;
  }

  /** Rejects where no answer comes. */
  async #ask(): Promise<void> {
    const client = await this.#pool.connect();
    let isLost = true;
    try {
      await sessionOn(client, PROBE_LIMIT_MS).run('SELECT 1');
      isLost = false;
    } finally {
      client.release(isLost);
    }
  }

  async #probe(): Promise<void> {
    const backoff = new Backoff(RETRY_BACKOFF);
    while (await backoff.wait(this.#closing.signal)) {
      try {
        await this.#ask();
        this.#lostBecause = null;
        this.#log.info({ database: this.#label }, 'database found again');
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        this.#lostBecause = databaseError(error);
      }
    }
  }
}

function valueParsers(): TypeOverrides {
  const overrides = new TypeOverrides();
  for (const [oid, parser] of Object.entries(VALUE_PARSERS)) overrides.setTypeParser(Number(oid), parser);
  return overrides;
}
