import type { Alert, DeadLetter, Trade } from '../market/index.ts';
import type { PersistBatch, PersistOutcome, TradeRecord } from './store.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import { PositionConflict, movePosition, readPosition } from './bus-positions.ts';
import { isUniqueViolation } from './database-error.ts';
import { BinaryRows } from './binary-rows.ts';
import type { RecentKeys } from './recent-keys.ts';
import { type MergedTrades, TradeTally, mergeTrades } from './trade-tally.ts';
import { sqlJson, sqlTime } from './sql-values.ts';
import {
  CANDLE_COLUMNS,
  INDICATOR_COLUMNS,
  MERGE_CANDLES,
  MERGE_INDICATORS,
  encodeCandles,
  encodeIndicators,
  newestCandles,
  newestIndicators,
} from './candle-rows.ts';
import {
  INSERT_AMENDMENTS,
  TRADE_COLUMNS,
  TRADE_ROW_BYTES,
  amendmentsParameter,
  encodeTrades,
  isAmendment,
  isPrint,
} from './trade-rows.ts';

/** A statement on the embedded engine holds up all others until it is done; this many rows take some tens of milliseconds. */
const ROWS_PER_STATEMENT = 5_000;

const STAGED_TABLES = ['trades', 'candles', 'indicators', 'analysis_checkpoints'].map(
  (table) => `CREATE TEMP TABLE IF NOT EXISTS incoming_${table} (LIKE ${table}) ON COMMIT DELETE ROWS;`,
);

/** Staging tables of one connection, emptied by every commit. Who may only read has none. */
export const STAGING_TABLES = `DO $$ BEGIN
  IF has_database_privilege(current_database(), 'TEMPORARY') THEN ${STAGED_TABLES.join(' ')} END IF;
END $$;`;

const MERGE_TRADES = mergeTrades(TRADE_COLUMNS);

/**
 * Prints go in by COPY, which refuses repeats; those seen lately are kept out of it and merged instead. A repeat that nobody
 * remembered fails the COPY, and the whole batch is done again by merging: correct either way, fast in the common one.
 */
export async function persistBatch(
  database: SqlDatabase,
  recent: RecentKeys,
  batch: PersistBatch,
): Promise<PersistOutcome> {
  try {
    return await writeBatch(database, recent, batch);
  } catch (error) {
    if (error instanceof PositionConflict) {
      return { kind: 'conflict', storedOffset: await readPosition(database, batch.position) };
    }
    if (!isUniqueViolation(error)) throw error;
  }
  try {
    return await writeBatch(database, null, batch);
  } catch (error) {
    if (!(error instanceof PositionConflict)) throw error;
    return { kind: 'conflict', storedOffset: await readPosition(database, batch.position) };
  }
}

async function writeBatch(
  database: SqlDatabase,
  recent: RecentKeys | null,
  batch: PersistBatch,
): Promise<PersistOutcome> {
  return database.transaction(async (session) => {
    const trades = batch.trades.filter(isPrint);
    const statements = new Statements(session);
    // First, because it locks the row: a second owner waits here and then finds that the position has moved.
    statements.send(movePosition(session, batch));
    const tally = new TradeTally();
    const copied = sendTrades(statements, recent, trades, tally);
    for (const part of partsOf(batch.trades.filter(isAmendment))) {
      statements.send(session.query(INSERT_AMENDMENTS, [amendmentsParameter(part)]));
    }
    for (const part of partsOf(newestCandles(batch.candles))) {
      statements.merge('incoming_candles', CANDLE_COLUMNS, encodeCandles(part), MERGE_CANDLES);
    }
    for (const part of partsOf(newestIndicators(batch.indicators))) {
      statements.merge('incoming_indicators', INDICATOR_COLUMNS, encodeIndicators(part), MERGE_INDICATORS);
    }
    for (const part of partsOf(batch.alerts)) statements.send(insertAlerts(session, part));
    for (const part of partsOf(batch.deadLetters)) statements.send(insertDeadLetters(session, part));
    await statements.done();
    await tally.save(session);
    const newTrades = copied + tally.mergedTrades;
    return { kind: 'stored', newTrades, repeatedTrades: trades.length - newTrades };
  });
}

/** Answers how many went straight into their table. */
function sendTrades(
  statements: Statements,
  recent: RecentKeys | null,
  trades: readonly TradeRecord<Trade>[],
  tally: TradeTally,
): number {
  let copied = 0;
  let suspect = new BinaryRows();
  for (const part of partsOf(trades)) {
    const fresh = new BinaryRows(recent === null ? 0 : part.length * TRADE_ROW_BYTES);
    encodeTrades(part, recent, fresh, suspect, tally);
    if (fresh.rowCount > 0) statements.copyIn(`trades (${TRADE_COLUMNS})`, fresh.finish());
    copied += fresh.rowCount;
    if (suspect.rowCount >= ROWS_PER_STATEMENT) {
      statements.mergeTrades(suspect.finish(), tally);
      suspect = new BinaryRows();
    }
  }
  if (suspect.rowCount > 0) statements.mergeTrades(suspect.finish(), tally);
  return copied;
}

/**
 * Statements of one transaction, sent without waiting for one another: a session performs them in the order sent, and after
 * one that failed it refuses the others.
 */
class Statements {
  readonly #session: SqlSession;
  readonly #sent: Promise<unknown>[] = [];
  readonly #usedTables = new Set<string>();

  constructor(session: SqlSession) {
    this.#session = session;
  }

  send(statement: Promise<unknown>): void {
    // A failure is told by `done`; one that comes before is not unhandled.
    statement.catch(() => undefined);
    this.#sent.push(statement);
  }

  copyIn(target: string, rows: Uint8Array): void {
    this.send(this.#session.copyIn(target, rows));
  }

  /** Takes rows into a staging table and moves on by `statement` what it accepts. */
  merge(table: string, columns: string, rows: Uint8Array, statement: string): void {
    this.#stage(table, columns, rows);
    this.send(this.#session.query(statement));
  }

  /** The same for prints; the tally hears how many were new. */
  mergeTrades(rows: Uint8Array, tally: TradeTally): void {
    this.#stage('incoming_trades', TRADE_COLUMNS, rows);
    const merged = this.#session.query<MergedTrades>(MERGE_TRADES);
    this.send(merged.then((result) => tally.merged(result.rows)));
  }

  #stage(table: string, columns: string, rows: Uint8Array): void {
    if (this.#usedTables.has(table)) this.send(this.#session.query(`DELETE FROM ${table}`));
    this.#usedTables.add(table);
    this.copyIn(`${table} (${columns})`, rows);
  }

  /** Waits for all of them, so that none comes after the end of the transaction; throws what the first to fail did. */
  async done(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#sent);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/**
 * Whoever computes again after a crash may fire a rule on candles with another print than before: the same alert by its id, at
 * another time within the candle.
 */
async function insertAlerts(session: SqlSession, alerts: readonly Alert[]): Promise<void> {
  const rows = alerts.map((alert) => ({ ...alert, time: sqlTime(alert.timeMs), rule_id: alert.ruleId }));
  await session.query(
    `INSERT INTO alerts (time, id, rule_id, symbol, condition, price, value, message)
     SELECT DISTINCT ON (symbol, id) time, id, rule_id, symbol, condition, price, value, message
     FROM jsonb_to_recordset($1::jsonb) AS new (time timestamptz, id text, rule_id text, symbol text, condition jsonb,
       price float8, value float8, message text)
     WHERE NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.symbol = new.symbol AND alerts.id = new.id
       AND alerts.time BETWEEN new.time - interval '2 days' AND new.time + interval '2 days')
     ORDER BY symbol, id, time
     ON CONFLICT DO NOTHING`,
    [sqlJson(rows)],
  );
}

async function insertDeadLetters(session: SqlSession, letters: readonly DeadLetter[]): Promise<void> {
  const rows = letters.map((letter) => ({ ...letter, time: sqlTime(letter.timeMs) }));
  await session.query(
    `INSERT INTO dead_letters (time, origin, topic, partition, position, reason, payload)
     SELECT time, origin, topic, partition, position, reason, payload
     FROM jsonb_to_recordset($1::jsonb) AS new (time timestamptz, origin text, topic text, partition int, position bigint,
       reason text, payload text)
     ON CONFLICT DO NOTHING`,
    [sqlJson(rows)],
  );
}

function* partsOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += ROWS_PER_STATEMENT) {
    yield items.length <= ROWS_PER_STATEMENT ? items : items.slice(start, start + ROWS_PER_STATEMENT);
  }
}
