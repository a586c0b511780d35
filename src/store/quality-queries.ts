import type { CandleRow } from './candle-rows.ts';
import { candleOf } from './candle-rows.ts';
import { STANDS } from './market-queries.ts';
import type { ArrivalCounts, BarDifference, MinuteCounts, SymbolStretch } from './quality-store.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';
import { sqlJson, sqlTime } from './sql-values.ts';

const IS_BUILT = (source: string): string => `${source} NOT IN ('feed-bar', 'backfill')`;
const DIFFERS = (a: string, b: string): string =>
  ['open', 'high', 'low', 'close', 'volume'].map((field) => `${a}${field} <> ${b}${field}`).join(' OR ');

/** `$1` symbols, `$2` from, `$3` to. */
function stretchParameters({ symbols, fromMs, toMs }: SymbolStretch): SqlValue[] {
  return [symbols === null ? null : sqlJson(symbols), sqlTime(fromMs), sqlTime(toMs)];
}

function inStretch(symbol: string, time: string): string {
  return `($1::jsonb IS NULL OR ${symbol} IN (SELECT jsonb_array_elements_text($1::jsonb)))
    AND ${time} >= $2::timestamptz AND ${time} < $3::timestamptz`;
}

export async function readArrivalCounts(
  database: SqlDatabase,
  stretch: SymbolStretch,
): Promise<readonly ArrivalCounts[]> {
  const { rows } = await database.query<{
    readonly hour: number;
    readonly symbol: string;
    readonly duplicates: number;
    readonly late_trades: number;
  }>(
    `SELECT hour, symbol, duplicates, late_trades FROM data_quality WHERE ${inStretch('symbol', 'hour')}
     ORDER BY hour, symbol`,
    stretchParameters(stretch),
  );
  return rows.map((row) => ({
    symbol: row.symbol,
    hourMs: row.hour,
    duplicates: row.duplicates,
    lateTrades: row.late_trades,
  }));
}

/** Every stored closed minute of the stretch, one row for all its sources. */
const MINUTES = `SELECT symbol, open_time,
    bool_or(source = 'feed-bar') AS has_bar,
    bool_or(source = 'backfill') AS has_backfill,
    bool_or(${IS_BUILT('source')}) AS is_built,
    coalesce(max(restated) FILTER (WHERE ${IS_BUILT('source')}), 0) > 0 AS is_revised,
    coalesce(max(trade_count) FILTER (WHERE ${IS_BUILT('source')}), 0) AS trades,
    ${['open', 'high', 'low', 'close', 'volume']
      .map(
        (field) => `max(${field}) FILTER (WHERE source = 'feed-bar') AS bar_${field},
    max(${field}) FILTER (WHERE ${IS_BUILT('source')}) AS built_${field}`,
      )
      .join(',\n    ')}
  FROM candles WHERE interval = '1m' AND is_closed AND ${STANDS} AND ${inStretch('symbol', 'open_time')}
  GROUP BY symbol, open_time`;

export async function readMinuteCounts(
  database: SqlDatabase,
  stretch: SymbolStretch,
  session: { readonly fromMs: number; readonly toMs: number },
): Promise<readonly MinuteCounts[]> {
  const { rows } = await database.query<{
    readonly symbol: string;
    readonly covered: number;
    readonly trades: number;
    readonly backfilled: number;
    readonly missing: number;
    readonly revised: number;
    readonly compared: number;
    readonly differing: number;
  }>(
    `SELECT symbol,
       count(*) FILTER (WHERE open_time >= $4::timestamptz AND open_time < $5::timestamptz) AS covered,
       sum(trades)::int8 AS trades,
       count(*) FILTER (WHERE has_backfill AND NOT is_built) AS backfilled,
       count(*) FILTER (WHERE has_bar AND NOT is_built AND NOT has_backfill) AS missing,
       count(*) FILTER (WHERE is_revised) AS revised,
       count(*) FILTER (WHERE has_bar AND is_built) AS compared,
       count(*) FILTER (WHERE has_bar AND is_built AND (${DIFFERS('bar_', 'built_')})) AS differing
     FROM (${MINUTES}) AS minutes GROUP BY symbol ORDER BY symbol`,
    [...stretchParameters(stretch), sqlTime(session.fromMs), sqlTime(session.toMs)],
  );
  return rows.map((row) => ({
    symbol: row.symbol,
    coveredMinutes: row.covered,
    trades: row.trades,
    backfilledMinutes: row.backfilled,
    missingMinutes: row.missing,
    revisedCandles: row.revised,
    barsCompared: row.compared,
    barsDiffering: row.differing,
  }));
}

type PairRow = { readonly [K in keyof CandleRow as `built_${K}` | `bar_${K}`]: CandleRow[K] };
const PAIR_COLUMNS = [
  'open_time',
  'symbol',
  'interval',
  'source',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'vwap',
  'trade_count',
  'revision',
  'is_closed',
] as const satisfies readonly (keyof CandleRow)[];

export async function readBarDifferences(
  database: SqlDatabase,
  stretch: SymbolStretch,
  limit: number,
): Promise<readonly BarDifference[]> {
  const columns = PAIR_COLUMNS.map((name) => `built.${name} AS built_${name}, bar.${name} AS bar_${name}`);
  const { rows } = await database.query<PairRow>(
    `SELECT ${columns.join(', ')}
     FROM candles AS bar JOIN candles AS built ON built.open_time = bar.open_time AND built.symbol = bar.symbol
       AND built.interval = bar.interval AND ${IS_BUILT('built.source')}
     WHERE bar.interval = '1m' AND bar.source = 'feed-bar' AND bar.is_closed AND built.is_closed
       AND built.trade_count > 0 AND (${DIFFERS('bar.', 'built.')}) AND ${inStretch('bar.symbol', 'bar.open_time')}
     ORDER BY bar.open_time DESC, bar.symbol LIMIT $4`,
    [...stretchParameters(stretch), limit],
  );
  return rows.map((row) => ({ built: candleOf(sideOf(row, 'built')), feed: candleOf(sideOf(row, 'bar')) }));
}

function sideOf(row: PairRow, side: 'built' | 'bar'): CandleRow {
  return {
    open_time: row[`${side}_open_time`],
    symbol: row[`${side}_symbol`],
    interval: row[`${side}_interval`],
    source: row[`${side}_source`],
    open: row[`${side}_open`],
    high: row[`${side}_high`],
    low: row[`${side}_low`],
    close: row[`${side}_close`],
    volume: row[`${side}_volume`],
    vwap: row[`${side}_vwap`],
    trade_count: row[`${side}_trade_count`],
    revision: row[`${side}_revision`],
    is_closed: row[`${side}_is_closed`],
  };
}

export async function readMissingMinutes(
  database: SqlDatabase,
  stretch: SymbolStretch,
): Promise<readonly { readonly symbol: string; readonly openTimeMs: number }[]> {
  const { rows } = await database.query<{ readonly symbol: string; readonly open_time: number }>(
    `WITH minutes AS (${MINUTES})
     SELECT symbol, open_time FROM minutes WHERE has_bar AND NOT is_built AND NOT has_backfill
       AND symbol IN (SELECT symbol FROM minutes WHERE is_built) ORDER BY symbol, open_time`,
    stretchParameters(stretch),
  );
  return rows.map((row) => ({ symbol: row.symbol, openTimeMs: row.open_time }));
}

/** From symbol to symbol, so that the index answers each. */
export async function readNewestTime(
  database: SqlDatabase,
  kind: 'trade' | 'candle',
  symbols: readonly string[],
): Promise<number | null> {
  const newest =
    kind === 'candle'
      ? `SELECT (SELECT max(open_time) + interval '1 minute' FROM candles
           WHERE candles.symbol = wanted.symbol AND interval = '1m' AND ${IS_BUILT('source')}) AS time
         FROM jsonb_array_elements_text($1::jsonb) AS wanted (symbol)`
      : `(SELECT time FROM trades WHERE symbol IN (SELECT jsonb_array_elements_text($1::jsonb))
           ORDER BY time DESC LIMIT 1)`;
  const { rows } = await database.query<{ readonly newest: number | null }>(
    `SELECT max(time) AS newest FROM (${newest}) AS found`,
    [sqlJson(symbols)],
  );
  return rows[0]?.newest ?? null;
}
