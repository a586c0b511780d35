import type { SqlDatabase } from './sql-database.ts';
import { sqlTime } from './sql-values.ts';
import type { RetentionPolicy } from './store.ts';

/** Small enough that the embedded engine answers others in between. A ctid repeats across chunks, hence the time again. */
const ROWS_PER_DELETE = 10_000;
/** Deletes this share of the prints besides what is needed, so that the next time does not come at once. */
const CAP_MARGIN = 0.05;
const DAY_MS = 86_400_000;
/** Ledgers that only ever grow are kept this long. */
const LEDGER_MS = 90 * DAY_MS;
/** Index entry and page overhead of a print, besides its row. */
const INDEX_BYTES_PER_TRADE = 45;

export interface RetentionResult {
  readonly deletedTrades: number;
  readonly deletedCandles: number;
}

/** Deletes what the policy has outlived; `1m` candles and their indicators go, longer intervals stay for ever. */
export async function applyRetention(
  database: SqlDatabase,
  timescaleSchema: string | null,
  policy: RetentionPolicy,
  nowMs: number,
): Promise<RetentionResult> {
  const tradesBefore = sqlTime(nowMs - policy.tradesMs);
  let deletedTrades = await deleteTradesBefore(database, timescaleSchema, tradesBefore);
  await deleteBefore(database, 'trade_amendments', 'time', tradesBefore);
  const minutesBefore = sqlTime(nowMs - policy.minuteCandlesMs);
  const isMinute = `AND interval = '1m'`;
  const deletedCandles = await deleteBefore(database, 'candles', 'open_time', minutesBefore, isMinute);
  await deleteBefore(database, 'indicators', 'open_time', minutesBefore, isMinute);
  await deleteBefore(database, 'dead_letters', 'time', sqlTime(nowMs - LEDGER_MS));
  await deleteBefore(database, 'errors', 'last_time', sqlTime(nowMs - LEDGER_MS));
  await deleteBefore(database, 'deliveries', 'claimed', sqlTime(nowMs - LEDGER_MS));
  await deleteBefore(database, 'subscriptions', 'lease_until', sqlTime(nowMs - DAY_MS));
  if (deletedTrades + deletedCandles > 0) await vacuum(database);
  if (policy.maxBytes !== null) deletedTrades += await keepBelow(database, policy.maxBytes);
  return { deletedTrades, deletedCandles };
}

async function deleteTradesBefore(
  database: SqlDatabase,
  timescaleSchema: string | null,
  before: string,
): Promise<number> {
  if (timescaleSchema === null) return deleteBefore(database, 'trades', 'time', before);
  const { rows } = await database.query<{ readonly count: number }>(
    'SELECT count(*) AS count FROM trades WHERE time < $1::timestamptz',
    [before],
  );
  const count = rows[0]?.count ?? 0;
  // Whole chunks cost nothing to drop; what is left of the chunk that straddles the limit goes row by row.
  await database.query(`SELECT ${timescaleSchema}.drop_chunks('${database.schema}.trades', $1::timestamptz)`, [before]);
  await deleteBefore(database, 'trades', 'time', before);
  return count;
}

async function deleteBefore(
  database: SqlDatabase,
  table: string,
  timeColumn: string,
  before: string,
  condition = '',
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const { affectedRows } = await database.query(
      `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM ${table} WHERE ${timeColumn} < $1::timestamptz ${condition} LIMIT ${ROWS_PER_DELETE}))
       AND ${timeColumn} < $1::timestamptz ${condition}`,
      [before],
    );
    deleted += affectedRows;
    if (affectedRows < ROWS_PER_DELETE) return deleted;
  }
}

/** Nothing vacuums the embedded engine by itself; a server has its own daemon for that. */
async function vacuum(database: SqlDatabase): Promise<void> {
  if (database.engine !== 'embedded') return;
  await database.run('VACUUM (ANALYZE) trades');
  await database.run('VACUUM (ANALYZE) candles');
  await database.run('VACUUM (ANALYZE) indicators');
}

interface TradeUsage {
  readonly rows: number;
  readonly file_bytes: number;
  readonly row_bytes: number;
}

/**
 * Deletes the oldest prints until what is in use fits. Files do not shrink when rows go, their room is used again: so what
 * counts is the size on disk less the room in the trades table that is free by estimate.
 */
async function keepBelow(database: SqlDatabase, maxBytes: number): Promise<number> {
  const sizeBytes = await database.sizeBytes();
  if (sizeBytes <= maxBytes) return 0;
  const { rows } = await database.query<TradeUsage>(
    `SELECT (SELECT count(*) FROM trades) AS rows, pg_total_relation_size('trades') AS file_bytes,
       coalesce((SELECT avg(pg_column_size(sample.*)) FROM (SELECT * FROM trades ORDER BY time DESC LIMIT 1000) AS sample), 0)::float8 AS row_bytes`,
  );
  const usage = rows[0];
  if (usage === undefined || usage.rows === 0) return 0;
  const bytesPerTrade = usage.row_bytes + INDEX_BYTES_PER_TRADE;
  const freeBytes = Math.max(0, usage.file_bytes - usage.rows * bytesPerTrade);
  const excessBytes = sizeBytes - freeBytes - maxBytes;
  if (excessBytes <= 0) return 0;
  const surplus = Math.min(usage.rows, Math.ceil(excessBytes / bytesPerTrade + usage.rows * CAP_MARGIN));
  const cut = await database.query<{ readonly time: number }>(
    'SELECT time FROM trades ORDER BY time OFFSET $1 LIMIT 1',
    [Math.max(0, surplus - 1)],
  );
  const cutMs = cut.rows[0]?.time;
  if (cutMs === undefined) return 0;
  // Whole milliseconds: a parameter holds no more, and a print more or less does not matter here.
  const deleted = await deleteBefore(database, 'trades', 'time', sqlTime(Math.floor(cutMs) + 1));
  await vacuum(database);
  return deleted;
}
