import type {
  DeadLetterClaim,
  DeadLetterFilter,
  DeadLetterPageQuery,
  DeadLetterResult,
  StoredDeadLetter,
} from './dead-letter-store.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';
import { sqlJson, sqlTime, storableText } from './sql-values.ts';
import type { TimeRange } from './store.ts';

type DeadLetterRow = Omit<StoredDeadLetter, 'timeMs' | 'settledMs'> & {
  readonly time: number;
  readonly settled: number | null;
};

const COLUMNS = 'id, time, origin, topic, partition, position, reason, payload, state, retries, outcome, settled';
const COLUMNS_WITHOUT_PAYLOAD = COLUMNS.replace('payload, ', '');

/** Ascending; the latest ones where the range has no beginning. */
export async function readDeadLetters(
  database: SqlDatabase,
  query: TimeRange & Partial<Omit<DeadLetterFilter, 'fromMs' | 'toMs'>>,
): Promise<readonly StoredDeadLetter[]> {
  const { topic = null, reason = null, state = null, fromMs, toMs, limit } = query;
  const { condition, values } = conditionOf({ topic, reason, state, fromMs, toMs });
  const direction = fromMs === null ? 'DESC' : 'ASC';
  const { rows } = await database.query<DeadLetterRow>(
    `SELECT ${COLUMNS} FROM dead_letters WHERE ${condition}
     ORDER BY time ${direction}, id ${direction} LIMIT $${values.push(limit)}`,
    values,
  );
  const letters = rows.map(letterOf);
  return fromMs === null ? letters.reverse() : letters;
}

export async function readDeadLetterPage(
  database: SqlDatabase,
  query: DeadLetterPageQuery,
): Promise<readonly StoredDeadLetter[]> {
  const { condition, values } = conditionOf(query);
  const after =
    query.after === null
      ? ''
      : `AND (time, id) < ($${values.push(sqlTime(query.after.timeMs))}::timestamptz, $${values.push(query.after.id)}::int8)`;
  const { rows } = await database.query<DeadLetterRow>(
    `SELECT ${COLUMNS_WITHOUT_PAYLOAD}, left(payload, $${values.push(query.payloadCharacters)}::int) AS payload
     FROM dead_letters WHERE ${condition} ${after} ORDER BY time DESC, id DESC LIMIT $${values.push(query.limit)}`,
    values,
  );
  return rows.map(letterOf);
}

export async function readDeadLetter(database: SqlDatabase, id: number): Promise<StoredDeadLetter | null> {
  const { rows } = await database.query<DeadLetterRow>(`SELECT ${COLUMNS} FROM dead_letters WHERE id = $1`, [id]);
  const row = rows[0];
  return row === undefined ? null : letterOf(row);
}

export async function countDeadLetters(database: SqlDatabase, filter?: DeadLetterFilter): Promise<number> {
  const { condition, values } =
    filter === undefined ? { condition: `state = 'open'`, values: [] } : conditionOf(filter);
  const { rows } = await database.query<{ readonly count: number }>(
    `SELECT count(*) AS count FROM dead_letters WHERE ${condition}`,
    values,
  );
  return rows[0]?.count ?? 0;
}

export async function claimDeadLetter(
  database: SqlDatabase,
  id: number,
  claim: DeadLetterClaim,
): Promise<StoredDeadLetter | null> {
  const letters = await claimWhere(database, 'id = $1', [id], claim);
  return letters[0] ?? null;
}

export async function claimDeadLetters(
  database: SqlDatabase,
  filter: DeadLetterFilter,
  { afterId, limit }: { readonly afterId: number; readonly limit: number },
  claim: DeadLetterClaim,
): Promise<readonly StoredDeadLetter[]> {
  const { condition, values } = conditionOf(filter);
  const now = `$${values.push(sqlTime(claim.nowMs))}::timestamptz`;
  const chosen = `id IN (SELECT id FROM dead_letters WHERE ${condition} AND ${claimable(now)}
    AND id > $${values.push(afterId)} ORDER BY id LIMIT $${values.push(limit)} FOR UPDATE SKIP LOCKED)`;
  return claimWhere(database, chosen, values, claim);
}

export async function settleDeadLetters(
  database: SqlDatabase,
  claim: string,
  results: readonly DeadLetterResult[],
  nowMs: number,
): Promise<void> {
  if (results.length === 0) return;
  await database.query(
    `UPDATE dead_letters SET state = result.state, reason = result.reason, outcome = result.outcome,
       retries = retries + 1, settled = $3::timestamptz, claim = NULL, claimed_until = NULL
     FROM jsonb_to_recordset($2::jsonb) AS result (id int8, state text, reason text, outcome text)
     WHERE dead_letters.id = result.id AND dead_letters.claim = $1 AND dead_letters.state = 'open'`,
    [claim, sqlJson(results), sqlTime(nowMs)],
  );
}

export async function releaseDeadLetters(database: SqlDatabase, claim: string): Promise<void> {
  await database.query('UPDATE dead_letters SET claim = NULL, claimed_until = NULL WHERE claim = $1', [claim]);
}

export async function discardDeadLetter(database: SqlDatabase, id: number, nowMs: number): Promise<boolean> {
  const { affectedRows } = await database.query(
    `UPDATE dead_letters SET state = 'discarded', outcome = 'discarded', settled = $2::timestamptz, claim = NULL,
       claimed_until = NULL
     WHERE id = $1 AND ${claimable('$2::timestamptz')}`,
    [id, sqlTime(nowMs)],
  );
  return affectedRows > 0;
}

export async function reopenDeadLetter(database: SqlDatabase, id: number): Promise<boolean> {
  const { affectedRows } = await database.query(
    `UPDATE dead_letters SET state = 'open', outcome = NULL, settled = NULL WHERE id = $1 AND state = 'discarded'`,
    [id],
  );
  return affectedRows > 0;
}

/** The compare-and-set: of two that ask at once the second waits for the row and then finds it claimed. */
async function claimWhere(
  database: SqlDatabase,
  chosen: string,
  parameters: readonly SqlValue[],
  { claim, nowMs, untilMs }: DeadLetterClaim,
): Promise<readonly StoredDeadLetter[]> {
  const values = [...parameters];
  const { rows } = await database.query<DeadLetterRow>(
    `UPDATE dead_letters SET claim = $${values.push(claim)}, claimed_until = $${values.push(sqlTime(untilMs))}::timestamptz
     WHERE ${chosen} AND ${claimable(`$${values.push(sqlTime(nowMs))}::timestamptz`)}
     RETURNING ${COLUMNS}`,
    values,
  );
  return rows.map(letterOf).sort((a, b) => a.id - b.id);
}

function claimable(now: string): string {
  return `state = 'open' AND (claimed_until IS NULL OR claimed_until <= ${now})`;
}

function conditionOf(filter: DeadLetterFilter): { readonly condition: string; readonly values: SqlValue[] } {
  const values: SqlValue[] = [];
  const conditions = ['true'];
  if (filter.topic !== null) conditions.push(`topic = $${values.push(storableText(filter.topic))}`);
  if (filter.reason !== null) {
    conditions.push(`strpos(lower(reason), lower($${values.push(storableText(filter.reason))})) > 0`);
  }
  if (filter.state !== null) conditions.push(`state = $${values.push(filter.state)}`);
  if (filter.fromMs !== null) conditions.push(`time >= $${values.push(sqlTime(filter.fromMs))}::timestamptz`);
  if (filter.toMs !== null) conditions.push(`time < $${values.push(sqlTime(filter.toMs))}::timestamptz`);
  return { condition: conditions.join(' AND '), values };
}

function letterOf({ time, settled, ...letter }: DeadLetterRow): StoredDeadLetter {
  return { ...letter, timeMs: time, settledMs: settled };
}
