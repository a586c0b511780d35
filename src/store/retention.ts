import type { SqlDatabase } from './sql-database.ts';
import { sqlTime } from './sql-values.ts';
import type { RetentionPolicy } from './store.ts';
import { storedBytes } from './stored-bytes.ts';
import type { TimescaleExtension } from './timescale-extension.ts';
import { deleteAtOnce, deleteChunkWise, dropOldestChunks, dropTradesBefore } from './timescale-retention.ts';

/** Small enough that the embedded engine answers others in between. */
const ROWS_PER_DELETE = 10_000;
/** Deletes this share of the prints besides what is needed, so that the next time does not come at once. */
const CAP_MARGIN = 0.05;
const DAY_MS = 86_400_000;
/** Ledgers that only ever grow are kept this long. */
const LEDGER_MS = 90 * DAY_MS;
/** Messages with a number in them can make a kind of error of every case. */
const MOST_ERROR_KINDS = 10_000;
/** Rows are changed in place here all the time, checkpoints as a whole. */
export const UPDATED_TABLES = [
  'candles',
  'indicators',
  'bus_positions',
  'analysis_checkpoints',
  'subscriptions',
  'leases',
];

export interface RetentionResult {
  readonly deletedTrades: number;
  readonly deletedCandles: number;
}

/**
 * Deletes what has outlived the policy; `1m` candles and their indicators go, longer intervals stay for ever. The same on every
 * server: this is the only one to delete what `persist` wrote, because the age of a row is told by the clock of its dataset,
 * which a policy job of TimescaleDB does not know.
 */
export async function applyRetention(
  database: SqlDatabase,
  timescale: TimescaleExtension | null,
  policy: RetentionPolicy,
  nowMs: number,
): Promise<RetentionResult> {
  const tradesBefore = sqlTime(nowMs - policy.tradesMs);
  const minutesBefore = sqlTime(nowMs - policy.minuteCandlesMs);
  const isMinute = `AND interval = '1m'`;
  let deletedTrades: number;
  let deletedCandles: number;
  if (timescale === null) {
    deletedTrades = await deleteBefore(database, 'trades', 'time', tradesBefore);
    deletedCandles = await deleteBefore(database, 'candles', 'open_time', minutesBefore, isMinute);
    await deleteBefore(database, 'indicators', 'open_time', minutesBefore, isMinute);
  } else {
    deletedTrades = await dropTradesBefore(database, tradesBefore);
    deletedCandles = await deleteChunkWise(database, 'candles', minutesBefore, isMinute);
    await deleteChunkWise(database, 'indicators', minutesBefore, isMinute);
  }
  await deleteBefore(database, 'trade_amendments', 'time', tradesBefore);
  await deleteBefore(database, 'data_quality', 'hour', minutesBefore);
  await deleteBefore(database, 'dead_letters', 'time', sqlTime(nowMs - LEDGER_MS));
  await deleteBefore(database, 'errors', 'last_time', sqlTime(nowMs - LEDGER_MS));
  await keepLatestErrors(database);
  // Claims and leases are by the time of day, which the clock of a dataset may be years away from.
  const todayMs = await timeOfDay(database);
  await deleteBefore(database, 'deliveries', 'claimed', sqlTime(todayMs - LEDGER_MS));
  await deleteBefore(database, 'subscriptions', 'lease_until', sqlTime(todayMs - DAY_MS));
  await vacuum(database);
  if (policy.maxBytes === null) return { deletedTrades, deletedCandles };
  const beyond = await keepBelow(database, timescale, policy.maxBytes);
  return {
    deletedTrades: deletedTrades + beyond.deletedTrades,
    deletedCandles: deletedCandles + beyond.deletedCandles,
  };
}

async function timeOfDay(database: SqlDatabase): Promise<number> {
  const { rows } = await database.query<{ readonly now: number }>('SELECT now() AS now');
  return rows[0]?.now ?? Number.NEGATIVE_INFINITY;
}

async function deleteBefore(
  database: SqlDatabase,
  table: string,
  timeColumn: string,
  before: string,
  condition = '',
): Promise<number> {
  let deleted = 0;
  const isOld = `${timeColumn} < $1::timestamptz ${condition}`;
  for (;;) {
    // Asked twice, because an address is unique in a plain table only: another process may have made a hypertable of this one.
    const { affectedRows } = await database.query(
      `DELETE FROM ${table}
       WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${isOld} LIMIT ${ROWS_PER_DELETE})) AND ${isOld}`,
      [before],
    );
    deleted += affectedRows;
    if (affectedRows < ROWS_PER_DELETE) return deleted;
  }
}

async function keepLatestErrors(database: SqlDatabase): Promise<void> {
  await database.query(
    `DELETE FROM errors WHERE last_time <
       (SELECT last_time FROM errors ORDER BY last_time DESC OFFSET ${MOST_ERROR_KINDS - 1} LIMIT 1)`,
  );
}

/** Nothing vacuums the embedded engine by itself; a server has its own daemon for that. */
async function vacuum(database: SqlDatabase): Promise<void> {
  if (database.engine !== 'embedded') return;
  for (const table of ['trades', ...UPDATED_TABLES]) await database.run(`VACUUM (ANALYZE) ${table}`);
}

/** What may go when space is short, the least missed first. */
const EXPENDABLE = [
  { table: 'trades', timeColumn: 'time', condition: '', indexBytes: 45 },
  { table: 'indicators', timeColumn: 'open_time', condition: `AND interval = '1m'`, indexBytes: 90 },
  { table: 'candles', timeColumn: 'open_time', condition: `AND interval = '1m'`, indexBytes: 100 },
] as const;

interface Usage {
  readonly rows: number;
  readonly bytesPerRow: number;
  readonly freeBytes: number;
}

/**
 * Deletes the oldest rows until what is in use fits. Files do not shrink when rows go, their room is used again: so what counts
 * is the size on disk less what is free in the tables by estimate.
 */
async function keepBelow(
  database: SqlDatabase,
  timescale: TimescaleExtension | null,
  maxBytes: number,
): Promise<RetentionResult> {
  const deleted = { trades: 0, indicators: 0, candles: 0 };
  if (timescale !== null) {
    const excessBytes = (await storedBytes(database, timescale)) - maxBytes;
    if (excessBytes > 0) deleted.trades = await dropOldestChunks(database, timescale, excessBytes);
  }
  const sizeBytes = await storedBytes(database, timescale);
  if (sizeBytes > maxBytes) {
    const usages = await Promise.all(
      EXPENDABLE.map((kind) => usageOf(database, kind.table, kind.timeColumn, kind.indexBytes)),
    );
    let excessBytes = sizeBytes - maxBytes - usages.reduce((sum, usage) => sum + usage.freeBytes, 0);
    for (const [index, kind] of EXPENDABLE.entries()) {
      const usage = usages[index];
      if (excessBytes <= 0 || usage === undefined || usage.rows === 0) continue;
      const surplus = Math.min(usage.rows, Math.ceil(excessBytes / usage.bytesPerRow + usage.rows * CAP_MARGIN));
      const cut = await database.query<{ readonly time: number }>(
        `SELECT ${kind.timeColumn} AS time FROM ${kind.table} WHERE true ${kind.condition}
         ORDER BY ${kind.timeColumn} OFFSET $1 LIMIT 1`,
        [surplus - 1],
      );
      // Whole milliseconds: a parameter holds no more, and a row more or less does not matter here. Where fewer may go, all do.
      const cutMs = Math.floor(cut.rows[0]?.time ?? Number.POSITIVE_INFINITY) + 1;
      const remove = timescale === null ? deleteBefore : deleteAtOnce;
      const count = await remove(database, kind.table, kind.timeColumn, sqlTime(cutMs), kind.condition);
      deleted[kind.table] += count;
      excessBytes -= count * usage.bytesPerRow;
    }
    await vacuum(database);
  }
  return { deletedTrades: deleted.trades, deletedCandles: deleted.candles };
}

async function usageOf(database: SqlDatabase, table: string, timeColumn: string, indexBytes: number): Promise<Usage> {
  await database.run(`ANALYZE ${table}`);
  const { rows } = await database.query<{
    readonly rows: number;
    readonly file_bytes: number;
    readonly row_bytes: number;
  }>(
    `SELECT coalesce(sum(greatest(reltuples, 0)), 0)::int8 AS rows,
       coalesce(sum(pg_total_relation_size(oid)), 0)::int8 AS file_bytes,
       coalesce((SELECT avg(pg_column_size(sample.*))
         FROM (SELECT * FROM ${table} ORDER BY ${timeColumn} DESC LIMIT 1000) AS sample), 0)::float8 AS row_bytes
     FROM pg_class
     WHERE oid = '${table}'::regclass OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = '${table}'::regclass)`,
  );
  const found = rows[0] ?? { rows: 0, file_bytes: 0, row_bytes: 0 };
  const bytesPerRow = found.row_bytes + indexBytes;
  return { rows: found.rows, bytesPerRow, freeBytes: Math.max(0, found.file_bytes - found.rows * bytesPerRow) };
}
