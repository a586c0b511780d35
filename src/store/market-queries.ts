import type { Alert, CalendarName, Candle, IndicatorSet, Instrument, Interval } from '../market/index.ts';
import type { CandleRow, IndicatorRow } from './candle-rows.ts';
import { CANDLE_COLUMNS, INDICATOR_COLUMNS, candleOf, indicatorSetOf } from './candle-rows.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';
import { sqlJson, sqlTime } from './sql-values.ts';
import type { CandleQuery, TimeRange } from './store.ts';

interface RangeSelect {
  /** `SELECT ... FROM ... WHERE ...`, its own parameters from `$1` on. */
  readonly select: string;
  readonly parameters: readonly SqlValue[];
  readonly timeColumn: string;
  /** What decides among rows of one time, in ascending form. */
  readonly tieBreak: string;
  readonly range: TimeRange;
}

/** Rows of `[fromMs, toMs)` ascending: the first ones, or, without `fromMs`, the latest. */
export async function selectRange<Row extends object>(
  database: SqlDatabase,
  wanted: RangeSelect,
): Promise<readonly Row[]> {
  const { select, parameters, timeColumn, tieBreak, range } = wanted;
  const isLatest = range.fromMs === null;
  const bounds: string[] = [];
  const values: SqlValue[] = [...parameters];
  if (range.fromMs !== null) bounds.push(`${timeColumn} >= $${values.push(sqlTime(range.fromMs))}::timestamptz`);
  if (range.toMs !== null) bounds.push(`${timeColumn} < $${values.push(sqlTime(range.toMs))}::timestamptz`);
  const direction = isLatest ? 'DESC' : 'ASC';
  const { rows } = await database.query<Row>(
    `${[select, ...bounds].join(' AND ')}
     ORDER BY ${timeColumn} ${direction}${tieBreak === '' ? '' : `, ${tieBreak} ${direction}`} LIMIT $${values.push(range.limit)}`,
    values,
  );
  return isLatest ? rows.toReversed() : rows;
}

/** Of several sources of one open time the better informed: more trades, then what was built here. */
const BEST_SOURCE = `trade_count DESC, (source = 'feed-bar'), revision DESC, source`;

/** A candle whose prints were all cancelled stays as a row, for its revision, and is no candle any more: `isWithdrawn`. */
export const STANDS = `(trade_count > 0 OR source IN ('feed-bar', 'backfill'))`;

export async function readCandles(database: SqlDatabase, query: CandleQuery): Promise<readonly Candle[]> {
  if (query.source !== null) {
    const rows = await selectRange<CandleRow>(database, {
      select: `SELECT ${CANDLE_COLUMNS} FROM candles WHERE symbol = $1 AND interval = $2 AND source = $3 AND ${STANDS}`,
      parameters: [query.symbol, query.interval, query.source],
      timeColumn: 'open_time',
      tieBreak: '',
      range: query,
    });
    return rows.map(candleOf);
  }
  const isLatest = query.fromMs === null;
  const values: SqlValue[] = [query.symbol, query.interval];
  const bounds: string[] = [];
  if (query.fromMs !== null) bounds.push(`AND open_time >= $${values.push(sqlTime(query.fromMs))}::timestamptz`);
  if (query.toMs !== null) bounds.push(`AND open_time < $${values.push(sqlTime(query.toMs))}::timestamptz`);
  const { rows } = await database.query<CandleRow>(
    `SELECT DISTINCT ON (open_time) ${CANDLE_COLUMNS} FROM candles
     WHERE symbol = $1 AND interval = $2 AND ${STANDS} ${bounds.join(' ')}
     ORDER BY open_time ${isLatest ? 'DESC' : 'ASC'}, ${BEST_SOURCE} LIMIT $${values.push(query.limit)}`,
    values,
  );
  const candles = rows.map(candleOf);
  return isLatest ? candles.reverse() : candles;
}

export async function readNewestCandles(
  database: SqlDatabase,
  symbols: readonly string[],
  interval: Interval,
  beforeMs: number,
): Promise<readonly Candle[]> {
  const { rows } = await database.query<CandleRow>(
    `SELECT newest.* FROM jsonb_array_elements_text($1::jsonb) AS wanted (name) CROSS JOIN LATERAL (
       SELECT ${CANDLE_COLUMNS} FROM candles
       WHERE symbol = wanted.name AND interval = $2 AND ${STANDS} AND open_time < $3::timestamptz
       ORDER BY open_time DESC, ${BEST_SOURCE} LIMIT 1) AS newest`,
    [sqlJson(symbols), interval, sqlTime(beforeMs)],
  );
  return rows.map(candleOf);
}

export async function readIndicators(
  database: SqlDatabase,
  query: TimeRange & { readonly symbol: string; readonly interval: Interval },
): Promise<readonly IndicatorSet[]> {
  const rows = await selectRange<IndicatorRow>(database, {
    select: `SELECT ${INDICATOR_COLUMNS} FROM indicators WHERE symbol = $1 AND interval = $2`,
    parameters: [query.symbol, query.interval],
    timeColumn: 'open_time',
    tieBreak: '',
    range: query,
  });
  return rows.map(indicatorSetOf);
}

type AlertRow = Omit<Alert, 'timeMs' | 'ruleId'> & { readonly time: number; readonly rule_id: string };

export async function readAlerts(
  database: SqlDatabase,
  query: TimeRange & { readonly symbol: string | null },
): Promise<readonly Alert[]> {
  const rows = await selectRange<AlertRow>(database, {
    select: `SELECT time, id, rule_id, symbol, condition, price, value, message FROM alerts WHERE ($1::text IS NULL OR symbol = $1)`,
    parameters: [query.symbol],
    timeColumn: 'time',
    tieBreak: 'id',
    range: query,
  });
  return rows.map(alertOf);
}

/** Alerts claimed for a channel up to `claimedUntilMs` and not finished, oldest first. */
export async function readUndelivered(
  database: SqlDatabase,
  channel: string,
  claimedUntilMs: number,
  limit: number,
): Promise<readonly Alert[]> {
  const { rows } = await database.query<AlertRow>(
    `SELECT time, id, rule_id, symbol, condition, price, value, message
     FROM deliveries JOIN alerts ON alerts.id = deliveries.alert_id
     WHERE channel = $1 AND finished IS NULL AND claimed <= $2::timestamptz
     ORDER BY time, id LIMIT $3::int`,
    [channel, sqlTime(claimedUntilMs), limit],
  );
  return rows.map(alertOf);
}

function alertOf({ time, rule_id, ...alert }: AlertRow): Alert {
  return { ...alert, timeMs: time, ruleId: rule_id };
}

export function countOpenGaps(database: SqlDatabase): Promise<number> {
  return countRows(database, 'gaps WHERE backfilled IS NULL');
}

async function countRows(database: SqlDatabase, from: string): Promise<number> {
  const { rows } = await database.query<{ readonly count: number }>(`SELECT count(*) AS count FROM ${from}`);
  return rows[0]?.count ?? 0;
}

type InstrumentRow = Omit<Instrument, 'priceDecimals'> & { readonly price_decimals: number };

export async function readInstruments(database: SqlDatabase): Promise<readonly Instrument[]> {
  const { rows } = await database.query<InstrumentRow>(
    `SELECT c.symbol, c.name, i.sector, i.name AS industry, c.exchange, c.calendar, c.price_decimals
     FROM companies c JOIN industries i ON i.id = c.industry_id ORDER BY c.symbol`,
  );
  return rows.map(({ price_decimals, ...instrument }) => ({ ...instrument, priceDecimals: price_decimals }));
}

/** Of as many for either, the one that has sessions. */
export async function readCommonCalendar(database: SqlDatabase): Promise<CalendarName | null> {
  const { rows } = await database.query<{ readonly calendar: CalendarName }>(
    'SELECT calendar FROM companies GROUP BY calendar ORDER BY count(*) DESC, calendar DESC LIMIT 1',
  );
  return rows[0]?.calendar ?? null;
}

/** Walks the index from symbol to symbol instead of reading every candle. */
export async function readSymbolsWithCandles(database: SqlDatabase): Promise<readonly string[]> {
  const { rows } = await database.query<{ readonly symbol: string }>(
    `WITH RECURSIVE found AS (
       (SELECT symbol FROM candles ORDER BY symbol LIMIT 1)
       UNION ALL
       SELECT (SELECT c.symbol FROM candles c WHERE c.symbol > f.symbol ORDER BY c.symbol LIMIT 1)
       FROM found f WHERE f.symbol IS NOT NULL
     )
     SELECT symbol FROM found WHERE symbol IS NOT NULL`,
  );
  return rows.map((row) => row.symbol);
}
