import type { CandleRow } from './candle-rows.ts';
import { candleOf } from './candle-rows.ts';
import { STANDS } from './market-queries.ts';
import type { ArrivalCounts, BarDifference, MinuteCounts, SymbolStretch } from './quality-store.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';
import { sqlJson, sqlTime } from './sql-values.ts';

const IS_BUILT = (source: string): string => `${source} NOT IN ('feed-bar', 'backfill')`;
const DIFFERS = (a: string, b: string): string =>
  ['open', 'high', 'low', 'close', 'volume'].map((field) => `${a}${field} <> ${b}${field}`).join(' OR ');

/** `$1` from, `$2` to, `$3` symbols if there are some. */
function stretchParameters({ symbols, fromMs, toMs }: SymbolStretch): SqlValue[] {
  return [sqlTime(fromMs), sqlTime(toMs), ...(symbols === null ? [] : [sqlJson(symbols)])];
}

/** Without an OR about the symbols: only so can the planner choose the index of few symbols or one pass for many. */
function inStretch({ symbols }: SymbolStretch, symbol: string, time: string): string {
  const ofSymbols = symbols === null ? '' : ` AND ${symbol} IN (SELECT jsonb_array_elements_text($3::jsonb))`;
  return `${time} >= $1::timestamptz AND ${time} < $2::timestamptz${ofSymbols}`;
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
    `SELECT hour, symbol, duplicates, late_trades FROM data_quality WHERE ${inStretch(stretch, 'symbol', 'hour')}
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

/** Every stored closed 1m candle of the stretch. */
const closedMinutes = (stretch: SymbolStretch): string =>
  `interval = '1m' AND is_closed AND ${STANDS} AND ${inStretch(stretch, 'symbol', 'open_time')}`;
const MINUTE_BIT = `1::int8 << date_part('minute', open_time)::int`;

/**
 * Minutes as sets of bits, one for each of an hour. Whose they are is asked of sets, not of candles: that is four times as fast as
 * a row for each minute.
 */
const hours = (stretch: SymbolStretch): string => `SELECT symbol,
    sum(trades) FILTER (WHERE ${IS_BUILT('source')}) AS trades,
    coalesce(bit_or(minutes) FILTER (WHERE ${IS_BUILT('source')}), 0) AS built,
    coalesce(bit_or(minutes) FILTER (WHERE source = 'feed-bar'), 0) AS bar,
    coalesce(bit_or(minutes) FILTER (WHERE source = 'backfill'), 0) AS fetched,
    coalesce(bit_or(restated) FILTER (WHERE ${IS_BUILT('source')}), 0) AS revised
  FROM (
    SELECT symbol, source, date_bin('1 hour', open_time, '2000-01-01Z') AS hour, sum(trade_count) AS trades,
      bit_or(${MINUTE_BIT}) AS minutes, bit_or(${MINUTE_BIT}) FILTER (WHERE restated > 0) AS restated
    FROM candles WHERE ${closedMinutes(stretch)} GROUP BY symbol, source, hour
  ) AS sources GROUP BY symbol, hour`;

/** Bars of the feed beside the candles built here, where both tell of prints and differ. */
const differingPairs = (
  stretch: SymbolStretch,
): string => `FROM candles AS bar JOIN candles AS built ON built.open_time = bar.open_time AND built.symbol = bar.symbol
    AND built.interval = bar.interval AND ${IS_BUILT('built.source')}
  WHERE bar.interval = '1m' AND bar.source = 'feed-bar' AND bar.is_closed AND built.is_closed
    AND built.trade_count > 0 AND (${DIFFERS('bar.', 'built.')}) AND ${inStretch(stretch, 'bar.symbol', 'bar.open_time')}
    AND built.open_time >= $1::timestamptz AND built.open_time < $2::timestamptz`;

function sumOfBits(minutes: string): string {
  return `sum(bit_count((${minutes})::bit(64)))::int8`;
}

export async function readMinuteCounts(
  database: SqlDatabase,
  stretch: SymbolStretch,
): Promise<readonly MinuteCounts[]> {
  const { rows } = await database.query<{
    readonly symbol: string;
    readonly covered: number;
    readonly trades: number;
    readonly backfilled: number;
    readonly missing: number;
    readonly revised: number;
    readonly compared: number;
  }>(
    `SELECT symbol,
       ${sumOfBits('built | bar | fetched')} AS covered,
       coalesce(sum(trades), 0)::int8 AS trades,
       ${sumOfBits('fetched & ~built')} AS backfilled,
       ${sumOfBits('bar & ~built & ~fetched')} AS missing,
       ${sumOfBits('revised')} AS revised,
       ${sumOfBits('bar & built')} AS compared
     FROM (${hours(stretch)}) AS hours GROUP BY symbol ORDER BY symbol`,
    stretchParameters(stretch),
  );
  const differing = rows.some(({ compared }) => compared > 0) ? await readDifferingCounts(database, stretch) : null;
  return rows.map((row) => ({
    symbol: row.symbol,
    coveredMinutes: row.covered,
    trades: row.trades,
    backfilledMinutes: row.backfilled,
    missingMinutes: row.missing,
    revisedCandles: row.revised,
    barsCompared: row.compared,
    barsDiffering: differing?.get(row.symbol) ?? 0,
  }));
}

async function readDifferingCounts(
  database: SqlDatabase,
  stretch: SymbolStretch,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await database.query<{ readonly symbol: string; readonly differing: number }>(
    `SELECT bar.symbol, count(DISTINCT bar.open_time) AS differing ${differingPairs(stretch)} GROUP BY bar.symbol`,
    stretchParameters(stretch),
  );
  return new Map(rows.map(({ symbol, differing }) => [symbol, differing]));
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
  end: 'first' | 'latest',
): Promise<readonly BarDifference[]> {
  const parameters = [...stretchParameters(stretch), limit];
  const direction = end === 'first' ? 'ASC' : 'DESC';
  const columns = PAIR_COLUMNS.map((name) => `built.${name} AS built_${name}, bar.${name} AS bar_${name}`);
  const { rows } = await database.query<PairRow>(
    `SELECT ${columns.join(', ')} ${differingPairs(stretch)}
     ORDER BY bar.open_time ${direction}, bar.symbol ${direction} LIMIT $${parameters.length}`,
    parameters,
  );
  const pairs = rows.map((row) => ({ built: candleOf(sideOf(row, 'built')), feed: candleOf(sideOf(row, 'bar')) }));
  return end === 'first' ? pairs : pairs.reverse();
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
    `WITH minutes AS (
       SELECT symbol, open_time, bool_or(source = 'feed-bar') AS has_bar, bool_or(source = 'backfill') AS has_backfill,
         bool_or(${IS_BUILT('source')}) AS is_built
       FROM candles WHERE ${closedMinutes(stretch)} GROUP BY symbol, open_time)
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
