import { isLateTrade, PROVIDER_DELAYS_MS, type Trade } from '../market/index.ts';
import type { SqlSession } from './sql-database.ts';
import { sqlJson, sqlTime } from './sql-values.ts';

const HOUR_MS = 3_600_000;
const DELAYS = Object.entries(PROVIDER_DELAYS_MS).map(
  ([provider, delayMs]) => `WHEN '${provider}' THEN interval '${String(delayMs)} milliseconds'`,
);
const LATE_AFTER_MINUTE = `interval '62 seconds' + CASE provider ${DELAYS.join(' ')} ELSE interval '0' END`;

/** Moves staged prints on, and says of each symbol and hour how many were new. `late` as `isLateTrade` has it. */
export function mergeTrades(columns: string): string {
  return `WITH stored AS (
      INSERT INTO trades (${columns}) SELECT ${columns} FROM incoming_trades ON CONFLICT DO NOTHING
      RETURNING time, symbol, received, source, provider)
    SELECT symbol, date_bin('1 hour', time, 'epoch') AS hour, count(*) AS stored, count(*) FILTER (
      WHERE source IN ('live', 'mock') AND received >= date_bin('1 minute', time, 'epoch') + ${LATE_AFTER_MINUTE}) AS late
    FROM stored GROUP BY 1, 2`;
}

/** One row of what `mergeTrades` answers. */
export interface MergedTrades {
  readonly symbol: string;
  readonly hour: number;
  readonly stored: number;
  readonly late: number;
}

interface Count {
  readonly symbol: string;
  readonly hourMs: number;
  duplicates: number;
  late: number;
}

/**
 * Repeats and late prints of one batch. Only a print that is one or may be one costs a look into a map: the others went
 * straight into their table, and there is nothing to say of them.
 */
export class TradeTally {
  readonly #counts = new Map<string, Count>();
  #mergedTrades = 0;

  /** New ones among the suspects, so far. */
  get mergedTrades(): number {
    return this.#mergedTrades;
  }

  /** A print that is in the store for the first time. */
  addStored(trade: Trade): void {
    if (isLateTrade(trade)) this.#count(trade.symbol, trade.timeMs).late++;
  }

  /** A print that may be a repeat; one until `merged` says otherwise. */
  addSuspect(trade: Trade): void {
    this.#count(trade.symbol, trade.timeMs).duplicates++;
  }

  merged(rows: readonly MergedTrades[]): void {
    for (const { symbol, hour, stored, late } of rows) {
      const count = this.#count(symbol, hour);
      this.#mergedTrades += stored;
      count.duplicates -= stored;
      count.late += late;
    }
  }

  /** Adds the counts to the ledger; in the transaction of the batch, so that they count once, as its rows do. */
  async save(session: SqlSession): Promise<void> {
    const rows = [...this.#counts.values()].filter(({ duplicates, late }) => duplicates > 0 || late > 0);
    if (rows.length === 0) return;
    await session.query(
      `INSERT INTO data_quality (hour, symbol, duplicates, late_trades)
       SELECT hour, symbol, duplicates, late FROM jsonb_to_recordset($1::jsonb)
         AS new (hour timestamptz, symbol text, duplicates bigint, late bigint)
       ORDER BY hour, symbol
       ON CONFLICT (hour, symbol) DO UPDATE SET duplicates = data_quality.duplicates + excluded.duplicates,
         late_trades = data_quality.late_trades + excluded.late_trades`,
      [sqlJson(rows.map(({ hourMs, ...row }) => ({ ...row, hour: sqlTime(hourMs) })))],
    );
  }

  #count(symbol: string, timeMs: number): Count {
    const hourMs = Math.floor(timeMs / HOUR_MS) * HOUR_MS;
    const key = `${hourMs} ${symbol}`;
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = { symbol, hourMs, duplicates: 0, late: 0 };
      this.#counts.set(key, count);
    }
    return count;
  }
}
