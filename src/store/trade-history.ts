import { compareTradeTime } from '../market/index.ts';
import type { Trade, TradeCancel, TradeCorrection, TradeEvent } from '../market/index.ts';
import type { SqlDatabase } from './sql-database.ts';
import { sqlTime } from './sql-values.ts';
import type { StoredTrade, TimeRange } from './store.ts';
import type { AmendmentRow, TradeRow } from './trade-rows.ts';
import { SELECT_AMENDMENT, SELECT_TRADE, amendmentOf, tradeOf } from './trade-rows.ts';

type Amendment = TradeCorrection | TradeCancel;

const HOUR_MS = 3_600_000;
/** Ids repeat from day to day, so an amendment speaks of a print at most this much older (or, clocks differing, younger). */
const AMENDMENT_REACH_MS = 24 * HOUR_MS;
const CLOCK_SLACK_MS = HOUR_MS;
/** The key is time-first, so the latest prints of one symbol are looked for in windows that grow. */
const FIRST_WINDOW_MS = 15 * 60_000;
const WINDOW_GROWTH = 8;

/** The prints of one symbol as they stand after corrections. */
export async function readTrades(
  database: SqlDatabase,
  query: TimeRange & { readonly symbol: string },
): Promise<readonly StoredTrade[]> {
  const prints = await (query.fromMs === null ? latestPrints(database, query) : printsFrom(database, query));
  const amendments = await amendmentsOf(database, query.symbol, prints);
  return applyAmendments(prints, amendments);
}

/** Prints of `[fromMs, toMs)` and what amends them, in the order of exchange time. */
export async function readTradeEvents(
  database: SqlDatabase,
  symbol: string,
  fromMs: number,
  toMs: number,
): Promise<readonly TradeEvent[]> {
  const prints = await printsFrom(database, { symbol, fromMs, toMs, limit: null });
  const amendments = linkAmendments(prints, await amendmentsOf(database, symbol, prints)).map((link) => link.amendment);
  return [...prints, ...amendments].sort(compareEvents);
}

function compareEvents(a: TradeEvent, b: TradeEvent): number {
  const order = compareTradeTime({ sequence: null, ...a }, { sequence: null, ...b });
  return order === 0 ? Number(a.type !== 'trade') - Number(b.type !== 'trade') : order;
}

interface PrintQuery {
  readonly symbol: string;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number | null;
}

async function printsFrom(database: SqlDatabase, query: PrintQuery): Promise<readonly Trade[]> {
  const { rows } = await database.query<TradeRow>(
    `SELECT ${SELECT_TRADE} FROM trades
     WHERE symbol = $1 AND time >= coalesce($2::timestamptz, '-infinity') AND time < coalesce($3::timestamptz, 'infinity')
     ORDER BY time, time_ns, sequence, exchange, id LIMIT $4`,
    [query.symbol, timeOrNull(query.fromMs), timeOrNull(query.toMs), query.limit],
  );
  return rows.map(tradeOf);
}

async function latestPrints(
  database: SqlDatabase,
  query: TimeRange & { readonly symbol: string },
): Promise<readonly Trade[]> {
  const bounds = await database.query<{ readonly first: number | null; readonly last: number | null }>(
    `SELECT min(time) AS first, max(time) AS last FROM trades WHERE time < coalesce($1::timestamptz, 'infinity')`,
    [timeOrNull(query.toMs)],
  );
  const { first, last } = bounds.rows[0] ?? { first: null, last: null };
  if (first === null || last === null) return [];
  for (let windowMs = FIRST_WINDOW_MS; ; windowMs *= WINDOW_GROWTH) {
    const fromMs = last - windowMs;
    const isWhole = fromMs <= first;
    const { rows } = await database.query<TradeRow>(
      `SELECT ${SELECT_TRADE} FROM trades
       WHERE symbol = $1 AND time >= coalesce($2::timestamptz, '-infinity') AND time < coalesce($3::timestamptz, 'infinity')
       ORDER BY time DESC, time_ns DESC, sequence DESC, exchange DESC, id DESC LIMIT $4`,
      [query.symbol, isWhole ? null : sqlTime(fromMs), timeOrNull(query.toMs), query.limit],
    );
    if (isWhole || rows.length >= query.limit) return rows.map(tradeOf).reverse();
  }
}

/** Every amendment near enough in time; few, for corrections are rare. */
async function amendmentsOf(
  database: SqlDatabase,
  symbol: string,
  prints: readonly Trade[],
): Promise<readonly Amendment[]> {
  const first = prints[0];
  const last = prints.at(-1);
  if (first === undefined || last === undefined) return [];
  const { rows } = await database.query<AmendmentRow>(
    `SELECT ${SELECT_AMENDMENT} FROM trade_amendments
     WHERE symbol = $1 AND time >= $2::timestamptz AND time < $3::timestamptz
     ORDER BY time_ns, kind DESC, id`,
    [symbol, sqlTime(first.timeMs - CLOCK_SLACK_MS), sqlTime(last.timeMs + AMENDMENT_REACH_MS)],
  );
  return rows.map(amendmentOf);
}

interface Link {
  readonly amendment: Amendment;
  /** Index of the print it amends, directly or through an earlier correction. */
  readonly print: number;
}

function linkAmendments(prints: readonly Trade[], amendments: readonly Amendment[]): readonly Link[] {
  const holders = new Map<string, number[]>();
  const hold = (exchange: string, id: string, print: number): void => {
    const key = `${exchange}\n${id}`;
    const known = holders.get(key);
    if (known === undefined) holders.set(key, [print]);
    else if (!known.includes(print)) known.push(print);
  };
  prints.forEach((print, index) => hold(print.exchange, print.id, index));

  const links: Link[] = [];
  for (const amendment of amendments) {
    const candidates = holders.get(`${amendment.exchange}\n${amendment.originalId}`) ?? [];
    const print = candidates.findLast((index) => isWithinReach(prints[index], amendment));
    if (print === undefined) continue;
    links.push({ amendment, print });
    if (amendment.type === 'correction') hold(amendment.exchange, amendment.id, print);
  }
  return links;
}

function isWithinReach(print: Trade | undefined, amendment: Amendment): boolean {
  if (print === undefined) return false;
  const ageMs = amendment.timeMs - print.timeMs;
  return ageMs >= -CLOCK_SLACK_MS && ageMs < AMENDMENT_REACH_MS;
}

function applyAmendments(prints: readonly Trade[], amendments: readonly Amendment[]): readonly StoredTrade[] {
  const standing: StoredTrade[] = prints.map((print) => ({ ...print, amendment: null }));
  for (const { amendment, print } of linkAmendments(prints, amendments)) {
    const trade = standing[print];
    if (trade === undefined || trade.amendment === 'cancelled') continue;
    standing[print] =
      amendment.type === 'cancel'
        ? { ...trade, amendment: 'cancelled' }
        : {
            ...trade,
            id: amendment.id,
            price: amendment.price,
            size: amendment.size,
            conditions: amendment.conditions,
            amendment: 'corrected',
          };
  }
  return standing;
}

function timeOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : sqlTime(timeMs);
}
