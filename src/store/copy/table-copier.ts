import type { SqlDatabase } from '../sql-database.ts';
import type { CopiedTable } from './copied-tables.ts';

/** Some 2 MB: on the embedded engine others wait while a page is read. */
const ROWS_PER_PAGE = 10_000;

/** A stretch of a table in which bounds are the database's own words for them. */
export interface Window {
  /** Null where the table is copied as one. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Independent of the order of rows: the sum of their hashes. Equal sums of equally many rows mean equal rows. */
export interface Digest {
  readonly rows: number;
  readonly checksum: string;
}

/** What became of the rows of a page. */
export interface PageCheck {
  /** Not in the target although they were written. */
  readonly missing: number;
  /** In the target as an older state, although they replace it. */
  readonly stale: number;
  /** In the target as another state, which stays by the rules. */
  readonly kept: number;
}

/** The statements for one table, the same on both ends. */
export class TableCopier {
  readonly table: CopiedTable;
  readonly #columns: readonly string[];

  /** `columns` are those of the table that both ends have. */
  constructor(table: CopiedTable, columns: readonly string[]) {
    this.table = table;
    this.#columns = [...columns.filter((name) => !table.local.includes(name)), ...table.derived];
  }

  /** Days (UTC) that have rows, ascending; one window for a table without time. */
  async windows(database: SqlDatabase): Promise<readonly Window[]> {
    const { timeColumn, name } = this.table;
    if (timeColumn === null) return [{ from: null, to: null }];
    const windows: Window[] = [];
    for (let after = '-infinity'; ;) {
      const { rows } = await database.query<{ readonly from: string | null; readonly to: string | null }>(
        `SELECT day::text AS from, (day + INTERVAL '1 day')::text AS to
         FROM (SELECT date_trunc('day', min(${timeColumn})) AS day FROM ${name} WHERE ${timeColumn} >= $1::timestamptz) AS next`,
        [after],
      );
      const window = rows[0] ?? { from: null, to: null };
      if (window.to === null) return windows;
      windows.push(window);
      after = window.to;
    }
  }

  /** Parts of a window of about as many rows as a page; rows of one instant stay together. */
  async *pages(database: SqlDatabase, window: Window): AsyncGenerator<Window> {
    const { timeColumn, name } = this.table;
    if (timeColumn === null || window.from === null || window.to === null) {
      yield window;
      return;
    }
    for (let from: string | null = window.from; from !== null;) {
      const { rows }: { readonly rows: readonly { readonly next: string | null }[] } = await database.query(
        `SELECT coalesce(
           nullif((SELECT ${timeColumn} FROM ${name} WHERE ${timeColumn} >= $1::timestamptz AND ${timeColumn} < $2::timestamptz
             ORDER BY ${timeColumn} OFFSET ${ROWS_PER_PAGE} LIMIT 1), $1::timestamptz),
           (SELECT min(${timeColumn}) FROM ${name} WHERE ${timeColumn} > $1::timestamptz AND ${timeColumn} < $2::timestamptz
             AND (SELECT count(*) FROM (SELECT 1 FROM ${name} WHERE ${timeColumn} = $1::timestamptz LIMIT ${ROWS_PER_PAGE + 1}) AS same)
               > ${ROWS_PER_PAGE}))::text AS next`,
        [from, window.to],
      );
      const next: string | null = rows[0]?.next ?? null;
      yield { from, to: next ?? window.to };
      from = next;
    }
  }

  async digest(database: SqlDatabase, window: Window): Promise<Digest> {
    let count = 0;
    let sum = 0n;
    for await (const page of this.pages(database, window)) {
      const { rows } = await database.query<{ readonly rows: number; readonly checksum: string }>(
        `SELECT count(*) AS rows, coalesce(sum(('x' || left(md5(${this.#rowText('')}), 16))::bit(64)::bigint::numeric), 0)::text AS checksum
         FROM ${this.table.relation} ${this.#within(page)}`,
      );
      count += rows[0]?.rows ?? 0;
      sum += BigInt(rows[0]?.checksum ?? '0');
    }
    return { rows: count, checksum: String(sum) };
  }

  readPage(source: SqlDatabase, page: Window): Promise<Uint8Array> {
    return source.copyOut(`SELECT ${this.#columns.join(', ')} FROM ${this.table.relation} ${this.#within(page)}`);
  }

  /** Writes a page by the rules and answers how many rows that added or replaced; `record` joins the transaction. */
  writePage(
    target: SqlDatabase,
    page: Uint8Array,
    record: { readonly text: string; readonly parameters: readonly (string | null)[] },
  ): Promise<number> {
    const { name, key, replacesWhen, derived, found } = this.table;
    const own = this.#columns.filter((column) => !derived.includes(column));
    const columns = [...own, ...Object.keys(found)];
    const values = [...own.map((column) => `s.${column}`), ...Object.values(found)];
    const isKeyDerived = key.some((column) => derived.includes(column));
    const unless = isKeyDerived
      ? `WHERE NOT EXISTS (SELECT 1 FROM ${this.table.relation} WHERE ${this.#sameKey(name)})`
      : '';
    const set = own.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
    const onConflict =
      replacesWhen === null
        ? 'DO NOTHING'
        : `(${key.join(', ')}) DO UPDATE SET ${set.join(', ')} WHERE ${replacesWhen}`;
    return target.transaction(async (session) => {
      await this.#stage(session, page);
      const { affectedRows } = await session.query(
        `INSERT INTO ${name} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM copied_${name} AS s ${unless} ON CONFLICT ${onConflict}`,
      );
      await session.query(record.text, record.parameters);
      return affectedRows;
    });
  }

  /** Compares a page that was written with what the target holds of it. */
  checkPage(target: SqlDatabase, page: Uint8Array): Promise<PageCheck> {
    const { name, key, replacesWhen } = this.table;
    const [firstKey = ''] = key;
    const wins = replacesWhen === null ? 'false' : `coalesce(${replacesWhen.replaceAll('excluded.', 's.')}, false)`;
    return target.transaction(async (session) => {
      await this.#stage(session, page);
      const { rows } = await session.query<PageCheck>(
        `SELECT count(*) FILTER (WHERE ${name}.${firstKey} IS NULL) AS missing,
           count(*) FILTER (WHERE ${name}.${firstKey} IS NOT NULL AND ${wins}) AS stale,
           count(*) FILTER (WHERE ${name}.${firstKey} IS NOT NULL AND NOT ${wins}
             AND ${this.#rowText(`s.`)} <> ${this.#rowText(`${name}.`)}) AS kept
         FROM copied_${name} AS s LEFT JOIN ${this.table.relation} ON ${this.#sameKey(name)}`,
      );
      return rows[0] ?? { missing: 0, stale: 0, kept: 0 };
    });
  }

  async #stage(session: Pick<SqlDatabase, 'run' | 'copyIn'>, page: Uint8Array): Promise<void> {
    const { name, relation } = this.table;
    const columns = this.#columns.join(', ');
    await session.run(
      `CREATE TEMP TABLE copied_${name} ON COMMIT DROP AS SELECT ${columns} FROM ${relation} WITH NO DATA`,
    );
    await session.copyIn(`copied_${name} (${columns})`, page);
    await session.run(`ANALYZE copied_${name}`);
  }

  #sameKey(other: string): string {
    return this.table.key.map((column) => `${other}.${column} = s.${column}`).join(' AND ');
  }

  #rowText(prefix: string): string {
    return `ROW(${this.#columns.map((column) => `${prefix}${column}`).join(', ')})::text`;
  }

  #within({ from, to }: Window): string {
    const { timeColumn } = this.table;
    return timeColumn === null || from === null || to === null
      ? ''
      : `WHERE ${timeColumn} >= '${from}'::timestamptz AND ${timeColumn} < '${to}'::timestamptz`;
  }
}
