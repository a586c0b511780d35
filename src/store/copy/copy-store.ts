import { TapedeckError } from '../../market/index.ts';
import type { SqlDatabase } from '../sql-database.ts';
import { COPIED_TABLES } from './copied-tables.ts';
import type { CopiedTable } from './copied-tables.ts';
import type { CopyEnd } from './copy-end.ts';
import { TableCopier } from './table-copier.ts';
import type { Digest, Window } from './table-copier.ts';

export interface CopyProgress {
  readonly table: string;
  /** `2026-07-13`, or null for a table that is copied as one. */
  readonly day: string | null;
  /** What the source has of that day, and how many of these are dealt with. */
  readonly rows: number;
  readonly done: number;
  readonly state: 'copying' | 'resuming' | 'unchanged' | 'copied';
}

export interface CopiedTableSummary {
  readonly table: string;
  readonly days: number;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** Rows this run added to the target or replaced there. */
  readonly written: number;
  /** Rows of which the target holds another state, which stays by the rules of the store. */
  readonly kept: number;
  /** Rows that should be in the target and are not: none, unless somebody deletes there. */
  readonly missing: number;
  /** `identical`: equal counts and checksums, day by day; `contained`: the target holds more; `failed`: rows are missing. */
  readonly verified: 'identical' | 'contained' | 'failed';
}

export interface CopyOptions {
  readonly source: CopyEnd;
  readonly target: CopyEnd;
  readonly onProgress: (progress: CopyProgress) => void;
  /** Stops between two pages; what was copied stays, and the next run goes on from there. */
  readonly signal: AbortSignal;
}

/**
 * Copies a dataset into another store, table by table and day by day, and verifies each by count and checksum. May be stopped
 * or killed at any time and started again; the target remembers how far it came. Rejects with `closed` when stopped.
 */
export async function copyStore(options: CopyOptions): Promise<readonly CopiedTableSummary[]> {
  const { source, target } = options;
  const summaries: CopiedTableSummary[] = [];
  for (const table of COPIED_TABLES) {
    const inTarget = await columnsOf(target.database, table);
    const columns = (await columnsOf(source.database, table)).filter((name) => inTarget.includes(name));
    summaries.push(await copyTable(new TableCopier(table, columns), options));
  }
  return summaries;
}

async function columnsOf(database: SqlDatabase, { name }: CopiedTable): Promise<readonly string[]> {
  const { rows } = await database.query<{ readonly name: string }>(
    `SELECT attname::text AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`,
    [`${database.schema}.${name}`],
  );
  return rows.map((row) => row.name);
}

async function copyTable(copier: TableCopier, options: CopyOptions): Promise<CopiedTableSummary> {
  const { source, target } = options;
  const windows = await copier.windows(source.database);
  let summary: CopiedTableSummary = {
    table: copier.table.name,
    days: copier.table.timeColumn === null ? 0 : windows.length,
    sourceRows: 0,
    targetRows: 0,
    written: 0,
    kept: 0,
    missing: 0,
    verified: 'identical',
  };
  for (const window of windows) {
    const before = await copier.digest(source.database, window);
    let after = await copier.digest(target.database, window);
    let [written, kept, missing] = [0, 0, 0];
    if (isEqual(before, after))
      report(copier, options, window, { rows: before.rows, done: before.rows, state: 'unchanged' });
    else {
      written = await copyWindow(copier, options, window, before);
      after = await copier.digest(target.database, window);
      if (!isEqual(before, after)) {
        ({ written, kept, missing } = await compareWindow(copier, options, window, written));
        after = await copier.digest(target.database, window);
      }
    }
    summary = {
      ...summary,
      sourceRows: summary.sourceRows + before.rows,
      targetRows: summary.targetRows + after.rows,
      written: summary.written + written,
      kept: summary.kept + kept,
      missing: summary.missing + missing,
      verified:
        missing > 0 || summary.verified === 'failed'
          ? 'failed'
          : isEqual(before, after)
            ? summary.verified
            : 'contained',
    };
  }
  return summary;
}

/** Goes on where an earlier run came to, if the source still has the same rows. */
async function copyWindow(copier: TableCopier, options: CopyOptions, window: Window, digest: Digest): Promise<number> {
  const { source, target } = options;
  const { rows } = await target.database.query<{ readonly until: string | null; readonly is_finished: boolean }>(
    `SELECT copied_until::text AS until, is_finished FROM copy_progress
     WHERE table_name = $1 AND day = $2 AND rows = $3 AND checksum = $4`,
    [copier.table.name, dayOf(window) ?? '', digest.rows, digest.checksum],
  );
  const known = rows[0];
  if (known?.is_finished === true) return 0;
  const start = { from: known?.until ?? window.from, to: window.to };
  const copiedBefore = known === undefined ? 0 : digest.rows - (await copier.digest(source.database, start)).rows;
  let written = 0;
  let done = copiedBefore;
  report(copier, options, window, { rows: digest.rows, done, state: known === undefined ? 'copying' : 'resuming' });
  for await (const page of copier.pages(source.database, start)) {
    stopIfAsked(options.signal);
    const bytes = await copier.readPage(source.database, page);
    const isLast = page.to === window.to;
    written += await copier.writePage(target.database, bytes, {
      text: `INSERT INTO copy_progress (table_name, day, rows, checksum, copied_until, is_finished, updated)
        VALUES ($1, $2, $3::bigint, $4, $5::timestamptz, $6::boolean, now())
        ON CONFLICT (table_name, day) DO UPDATE SET rows = excluded.rows, checksum = excluded.checksum,
          copied_until = excluded.copied_until, is_finished = excluded.is_finished, updated = excluded.updated`,
      parameters: [
        copier.table.name,
        dayOf(window) ?? '',
        String(digest.rows),
        digest.checksum,
        page.to,
        String(isLast),
      ],
    });
    done = isLast ? digest.rows : done + (await copier.digest(source.database, page)).rows;
    report(copier, options, window, { rows: digest.rows, done, state: isLast ? 'copied' : 'copying' });
  }
  return written;
}

/** Where the ends differ: looks at every row, and writes once more what came to the source since or went from the target. */
async function compareWindow(
  copier: TableCopier,
  options: CopyOptions,
  window: Window,
  writtenBefore: number,
): Promise<{ readonly written: number; readonly kept: number; readonly missing: number }> {
  const { source, target } = options;
  let [written, kept, missing] = [writtenBefore, 0, 0];
  for await (const page of copier.pages(source.database, window)) {
    stopIfAsked(options.signal);
    const bytes = await copier.readPage(source.database, page);
    written += await copier.writePage(target.database, bytes, { text: 'SELECT 1', parameters: [] });
    const check = await copier.checkPage(target.database, bytes);
    kept += check.kept;
    missing += check.missing + check.stale;
  }
  return { written, kept, missing };
}

function report(
  { table }: TableCopier,
  { onProgress }: CopyOptions,
  window: Window,
  progress: Pick<CopyProgress, 'rows' | 'done' | 'state'>,
): void {
  onProgress({ table: table.name, day: dayOf(window), ...progress });
}

function dayOf({ from }: Window): string | null {
  return from === null ? null : from.slice(0, 10);
}

function isEqual(one: Digest, other: Digest): boolean {
  return one.rows === other.rows && one.checksum === other.checksum;
}

function stopIfAsked(signal: AbortSignal): void {
  if (signal.aborted) throw new TapedeckError('closed', 'The copy was stopped; start it again to go on from there');
}
