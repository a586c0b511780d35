import type { SqlDatabase } from './sql-database.ts';
import { sqlJson, sqlTime } from './sql-values.ts';
import type { ErrorRow } from './store.ts';

const WRITE_INTERVAL_MS = 1_000;
const LONGEST_MESSAGE = 500;
const MOST_KINDS = 1_000;

interface Pending {
  readonly scope: string;
  readonly code: string;
  readonly message: string;
  firstMs: number;
  lastMs: number;
  count: number;
}

/** Counts errors: one row a kind, written at most once a second however fast they come. */
export class ErrorLedger {
  readonly #database: SqlDatabase;
  readonly #pending = new Map<string, Pending>();
  #writtenMs = Number.NEGATIVE_INFINITY;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** The first of a quiet time is written at once, later ones with the next write, `flush` or `read`. */
  async record(row: Pick<ErrorRow, 'scope' | 'code' | 'message'>, timeMs: number): Promise<void> {
    const message = row.message.slice(0, LONGEST_MESSAGE);
    const key = JSON.stringify([row.scope, row.code, message]);
    const pending = this.#pending.get(key);
    if (pending === undefined) {
      this.#pending.set(key, { scope: row.scope, code: row.code, message, firstMs: timeMs, lastMs: timeMs, count: 1 });
    } else {
      pending.lastMs = Math.max(pending.lastMs, timeMs);
      pending.count++;
    }
    if (Math.abs(timeMs - this.#writtenMs) < WRITE_INTERVAL_MS && this.#pending.size < MOST_KINDS) return;
    this.#writtenMs = timeMs;
    await this.flush();
  }

  async flush(): Promise<void> {
    const rows = [...this.#pending.values()];
    if (rows.length === 0) return;
    this.#pending.clear();
    await this.#database.query(
      `INSERT INTO errors (scope, code, message, first_time, last_time, count)
       SELECT scope, code, message, first_time, last_time, count
       FROM jsonb_to_recordset($1::jsonb) AS new (scope text, code text, message text, first_time timestamptz,
         last_time timestamptz, count bigint)
       ORDER BY scope, code, message
       ON CONFLICT (scope, code, message) DO UPDATE SET
         first_time = least(errors.first_time, excluded.first_time),
         last_time = greatest(errors.last_time, excluded.last_time), count = errors.count + excluded.count`,
      [
        sqlJson(
          rows.map(({ firstMs, lastMs, ...row }) => ({
            ...row,
            first_time: sqlTime(firstMs),
            last_time: sqlTime(lastMs),
          })),
        ),
      ],
    );
  }

  /** The latest kinds first. */
  async read(limit: number): Promise<readonly ErrorRow[]> {
    await this.flush();
    const { rows } = await this.#database.query<
      Omit<ErrorRow, 'firstMs' | 'lastMs'> & { readonly first_time: number; readonly last_time: number }
    >(
      `SELECT scope, code, message, first_time, last_time, count FROM errors
       ORDER BY last_time DESC, scope, code, message LIMIT $1`,
      [limit],
    );
    return rows.map(({ first_time, last_time, ...row }) => ({ ...row, firstMs: first_time, lastMs: last_time }));
  }
}
