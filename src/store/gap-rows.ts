import type { Gap, GapBackfill, StoredGap } from '../market/index.ts';
import { selectRange } from './market-queries.ts';
import type { GapFilter } from './quality-store.ts';
import type { SqlDatabase } from './sql-database.ts';
import { sqlTime } from './sql-values.ts';
import type { TimeRange } from './store.ts';

const GAP_COLUMNS = `id, symbol, reason, from_time, to_time, lost_count, detail, backfilled, state, attempts, next_attempt, bars,
  symbols_done, symbols_total, note`;

interface GapRow {
  readonly id: string;
  readonly symbol: string | null;
  readonly reason: Gap['reason'];
  readonly from_time: number;
  readonly to_time: number;
  readonly lost_count: number | null;
  readonly detail: string;
  readonly backfilled: number | null;
  readonly state: GapBackfill['state'];
  readonly attempts: number;
  readonly next_attempt: number | null;
  readonly bars: number;
  readonly symbols_done: number;
  readonly symbols_total: number;
  readonly note: string;
}

export async function saveGap(database: SqlDatabase, gap: Gap): Promise<void> {
  await database.query(
    `INSERT INTO gaps (id, symbol, reason, from_time, to_time, lost_count, detail, backfilled, state)
     VALUES ($1, $2, $3, $4::timestamptz, $5::timestamptz, $6, $7, $8::timestamptz,
       CASE WHEN $8::timestamptz IS NULL THEN 'open' ELSE 'done' END)
     ON CONFLICT (id) DO UPDATE SET symbol = excluded.symbol, reason = excluded.reason, from_time = excluded.from_time,
       to_time = excluded.to_time, lost_count = excluded.lost_count, detail = excluded.detail,
       backfilled = coalesce(excluded.backfilled, gaps.backfilled),
       state = CASE WHEN excluded.backfilled IS NULL THEN gaps.state ELSE 'done' END`,
    [
      gap.id,
      gap.symbol,
      gap.reason,
      sqlTime(gap.fromMs),
      sqlTime(gap.toMs),
      gap.lostCount,
      gap.detail,
      gap.backfilledMs === null ? null : sqlTime(gap.backfilledMs),
    ],
  );
}

export async function setBackfill(
  database: SqlDatabase,
  id: string,
  backfill: GapBackfill,
  nowMs: number,
): Promise<boolean> {
  const { affectedRows } = await database.query(
    `UPDATE gaps SET state = $2, attempts = $3, next_attempt = $4::timestamptz, bars = $5, symbols_done = $6,
       symbols_total = $7, note = $8, backfilled = $9::timestamptz WHERE id = $1`,
    [
      id,
      backfill.state,
      backfill.attempts,
      backfill.nextAttemptMs === null ? null : sqlTime(backfill.nextAttemptMs),
      backfill.bars,
      backfill.symbolsDone,
      backfill.symbolsTotal,
      backfill.note,
      backfill.state === 'done' ? sqlTime(nowMs) : null,
    ],
  );
  return affectedRows > 0;
}

/** A gap of the whole feed concerns every symbol. */
export async function readGaps(
  database: SqlDatabase,
  query: TimeRange & GapFilter & { readonly symbol: string | null },
): Promise<readonly StoredGap[]> {
  const rows = await selectRange<GapRow>(database, {
    select: `SELECT ${GAP_COLUMNS} FROM gaps WHERE ($1::text IS NULL OR symbol IS NULL OR symbol = $1)
      AND ($2::text IS NULL OR reason = $2) AND ($3::text IS NULL OR state = $3)`,
    parameters: [query.symbol, query.reason ?? null, query.state ?? null],
    timeColumn: 'from_time',
    tieBreak: 'id',
    range: query,
  });
  return rows.map(gapOf);
}

export async function readGap(database: SqlDatabase, id: string): Promise<StoredGap | null> {
  const { rows } = await database.query<GapRow>(`SELECT ${GAP_COLUMNS} FROM gaps WHERE id = $1`, [id]);
  return rows[0] === undefined ? null : gapOf(rows[0]);
}

export async function readPendingGaps(database: SqlDatabase, limit: number): Promise<readonly StoredGap[]> {
  const { rows } = await database.query<GapRow>(
    `SELECT ${GAP_COLUMNS} FROM gaps WHERE state IN ('open', 'queued', 'running')
     ORDER BY (state = 'open'), from_time DESC, id LIMIT $1`,
    [limit],
  );
  return rows.map(gapOf);
}

function gapOf(row: GapRow): StoredGap {
  return {
    id: row.id,
    symbol: row.symbol,
    reason: row.reason,
    fromMs: row.from_time,
    toMs: row.to_time,
    lostCount: row.lost_count,
    detail: row.detail,
    backfilledMs: row.backfilled,
    backfill: {
      state: row.state,
      attempts: row.attempts,
      nextAttemptMs: row.next_attempt,
      bars: row.bars,
      symbolsDone: row.symbols_done,
      symbolsTotal: row.symbols_total,
      note: row.note,
    },
  };
}
