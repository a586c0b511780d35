import type { SqlDatabase } from './sql-database.ts';
import { sqlJson, sqlTime } from './sql-values.ts';
import type { ErrorRow, TimeRange } from './store.ts';

const WRITE_INTERVAL_MS = 1_000;
const LONGEST_MESSAGE = 500;
const MOST_KINDS = 1_000;
const OTHER_KINDS = 'further errors of this kind, each with another message';

export type RecordedError = Pick<ErrorRow, 'scope' | 'code' | 'message' | 'outcome'>;

type Pending = { -readonly [K in keyof ErrorRow]: ErrorRow[K] };

/** Counts errors: one row a kind, written at most once a second however fast they come. */
export class ErrorLedger {
  readonly #database: SqlDatabase;
  #pending = new Map<string, Pending>();
  /** Runs for a second after a write; what comes meanwhile is written at its end. */
  #rest: NodeJS.Timeout | null = null;
  #isWriting = false;
  #isClosed = false;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /**
   * The first of a quiet time is written at once, later ones within a second. Never rejects: what cannot be written waits for
   * the next write, a thousand kinds at most, of which further messages are counted together.
   */
  async record(row: RecordedError, timeMs: number): Promise<void> {
    this.#add({ ...row, message: row.message.slice(0, LONGEST_MESSAGE), firstMs: timeMs, lastMs: timeMs, count: 1 });
    if (this.#rest === null && !this.#isWriting && !this.#isClosed) await this.#write();
  }

  /** Rejects where the database is away; the rows are kept. */
  async flush(): Promise<void> {
    if (this.#pending.size === 0) return;
    const rows = this.#pending;
    this.#pending = new Map();
    try {
      await this.#insert([...rows.values()]);
    } catch (error) {
      for (const row of rows.values()) this.#add(row);
      throw error;
    }
  }

  /** Ascending by the last time: the first ones, or, without `fromMs`, the latest. */
  async read({ fromMs, toMs, limit }: TimeRange): Promise<readonly ErrorRow[]> {
    await this.flush();
    const direction = fromMs === null ? 'DESC' : 'ASC';
    const order = ['last_time', 'scope', 'code', 'message'].map((column) => `${column} ${direction}`);
    const { rows } = await this.#database.query<
      Omit<ErrorRow, 'firstMs' | 'lastMs'> & { readonly first_time: number; readonly last_time: number }
    >(
      `SELECT scope, code, message, outcome, first_time, last_time, count FROM errors
       WHERE ($1::timestamptz IS NULL OR last_time >= $1) AND ($2::timestamptz IS NULL OR first_time < $2)
       ORDER BY ${order.join(', ')} LIMIT $3`,
      [fromMs === null ? null : sqlTime(fromMs), toMs === null ? null : sqlTime(toMs), limit],
    );
    const kinds = rows.map(({ first_time, last_time, ...row }) => ({ ...row, firstMs: first_time, lastMs: last_time }));
    return fromMs === null ? kinds.reverse() : kinds;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#rest !== null) clearTimeout(this.#rest);
    await this.flush();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    // The rows wait for the next write, and the host sees for itself that its database is away.
    await this.flush().catch(() => undefined);
    this.#isWriting = false;
    if (this.#isClosed) return;
    this.#rest = setTimeout(() => {
      this.#rest = null;
      if (this.#pending.size > 0) void this.#write();
    }, WRITE_INTERVAL_MS);
    this.#rest.unref();
  }

  #add(row: Pending): void {
    let { message } = row;
    let known = this.#pending.get(keyOf(row, message));
    if (known === undefined && this.#pending.size >= MOST_KINDS) {
      message = OTHER_KINDS;
      known = this.#pending.get(keyOf(row, message));
    }
    if (known === undefined) {
      this.#pending.set(keyOf(row, message), { ...row, message });
      return;
    }
    if (row.lastMs >= known.lastMs) known.outcome = row.outcome;
    known.firstMs = Math.min(known.firstMs, row.firstMs);
    known.lastMs = Math.max(known.lastMs, row.lastMs);
    known.count += row.count;
  }

  async #insert(rows: readonly Pending[]): Promise<void> {
    await this.#database.query(
      `INSERT INTO errors (scope, code, message, outcome, first_time, last_time, count)
       SELECT scope, code, message, outcome, first_time, last_time, count
       FROM jsonb_to_recordset($1::jsonb) AS new (scope text, code text, message text, outcome text,
         first_time timestamptz, last_time timestamptz, count bigint)
       ORDER BY scope, code, message
       ON CONFLICT (scope, code, message) DO UPDATE SET
         outcome = CASE WHEN excluded.last_time >= errors.last_time THEN excluded.outcome ELSE errors.outcome END,
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
}

function keyOf({ scope, code }: Pending, message: string): string {
  return JSON.stringify([scope, code, message]);
}
