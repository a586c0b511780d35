import type { SqlDatabase } from './sql-database.ts';
import type { TimescaleExtension } from './timescale-extension.ts';
import { sqlTime } from './sql-values.ts';

/** Drops the chunks that lie before a time as a whole and answers how many rows they had. */
export async function dropTradesBefore(database: SqlDatabase, before: string): Promise<number> {
  const { rows } = await database.query<{ readonly end: number | null }>(
    `SELECT max(range_end) AS end FROM timescaledb_information.chunks
     WHERE hypertable_schema = $1 AND hypertable_name = 'trades' AND range_end <= $2::timestamptz`,
    [database.schema, before],
  );
  const endMs = rows[0]?.end ?? null;
  if (endMs === null) return 0;
  const counted = await database.query<{ readonly count: number }>(
    'SELECT count(*) AS count FROM trades WHERE time < $1::timestamptz',
    [sqlTime(endMs)],
  );
  await database.query('SELECT drop_trades_before($1::timestamptz)', [sqlTime(endMs)]);
  return counted.rows[0]?.count ?? 0;
}

/**
 * Deletes rows of chunks that lie before a time as a whole, where others of the chunk stay. A compressed segment goes as one
 * then; up to the very time, segments would be unpacked every hour to take some of their rows out.
 */
export async function deleteChunkWise(
  database: SqlDatabase,
  table: 'candles' | 'indicators',
  before: string,
  condition: string,
): Promise<number> {
  const { rows } = await database.query<{ readonly end: number | null }>(
    `SELECT max(range_end) AS end FROM timescaledb_information.chunks
     WHERE hypertable_schema = $1 AND hypertable_name = $2 AND range_end <= $3::timestamptz`,
    [database.schema, table, before],
  );
  const endMs = rows[0]?.end ?? null;
  return endMs === null ? 0 : deleteAtOnce(database, table, 'open_time', sqlTime(endMs), condition);
}

/** In one statement: rows of compressed chunks have no address by which they could go in parts. */
export async function deleteAtOnce(
  database: SqlDatabase,
  table: string,
  timeColumn: string,
  before: string,
  condition: string,
): Promise<number> {
  const { affectedRows } = await database.query(
    `DELETE FROM ${table} WHERE ${timeColumn} < $1::timestamptz ${condition}`,
    [before],
  );
  return affectedRows;
}

/** Drops the oldest chunks of prints until `bytes` are free, but never the newest, and answers how many rows they had. */
export async function dropOldestChunks(
  database: SqlDatabase,
  timescale: TimescaleExtension,
  bytes: number,
): Promise<number> {
  const { rows } = await database.query<{ readonly end: number; readonly bytes: number }>(
    `SELECT c.range_end AS end, s.total_bytes::int8 AS bytes
     FROM timescaledb_information.chunks c
     JOIN ${timescale.schema}.chunks_detailed_size('${database.schema}.trades') s USING (chunk_schema, chunk_name)
     WHERE c.hypertable_schema = $1 AND c.hypertable_name = 'trades' ORDER BY c.range_end`,
    [database.schema],
  );
  let freedBytes = 0;
  let endMs: number | null = null;
  for (const chunk of rows.slice(0, -1)) {
    if (freedBytes >= bytes) break;
    freedBytes += chunk.bytes;
    endMs = chunk.end;
  }
  return endMs === null ? 0 : dropTradesBefore(database, sqlTime(endMs));
}
