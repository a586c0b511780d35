import { compareTradeTime } from '../market/index.ts';
import type { Trade, TradeCancel, TradeCorrection, TradeEvent } from '../market/index.ts';
import type { SqlDatabase } from './sql-database.ts';
import { sqlJson, sqlTime } from './sql-values.ts';
import type { StoredTrade, SymbolTradeEvents, TimeRange } from './store.ts';
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
/** As `compareTradeTime`, then by place on the bus; prints stored before that was kept came earlier. */
const ORDER_TERMS = ['time', 'time_ns', 'coalesce(sequence, 0)', 'coalesce(bus_offset, -1)', 'exchange', 'id'];
const BUS_ORDER = ORDER_TERMS.join(', ');
const REVERSE_BUS_ORDER = ORDER_TERMS.map((term) => `${term} DESC`).join(', ');
/** Some ten megabytes of prints. */
const MAX_ROWS_AT_ONCE = 20_000;

/** The prints of one symbol as they stand after corrections. */
export async function readTrades(
  database: SqlDatabase,
  query: TimeRange & { readonly symbol: string },
): Promise<readonly StoredTrade[]> {
  const prints = await (query.fromMs === null ? latestPrints(database, query) : printsFrom(database, query));
  const amendments = await amendmentsOf(database, new Map([[query.symbol, prints]]));
  return applyAmendments(prints, amendments.get(query.symbol) ?? []);
}

/** Prints of `[fromMs, toMs)` and what amends them, symbol by symbol. */
export async function* readTradeEvents(
  database: SqlDatabase,
  symbols: readonly string[],
  fromMs: number,
  toMs: number,
): AsyncGenerator<SymbolTradeEvents> {
  for await (const prints of printsBySymbol(database, symbols, fromMs, toMs)) {
    const amendments = await amendmentsOf(database, prints);
    for (const symbol of prints.keys()) {
      yield { symbol, events: eventsOf(prints.get(symbol) ?? [], amendments.get(symbol) ?? []) };
    }
  }
}

function eventsOf(prints: readonly Trade[], amendments: readonly Amendment[]): readonly TradeEvent[] {
  if (amendments.length === 0) return prints;
  const linked = linkAmendments(prints, amendments).map((link) => link.amendment);
  return [...prints, ...linked].sort(compareEvents);
}

function compareEvents(a: TradeEvent, b: TradeEvent): number {
  const order = compareTradeTime({ sequence: null, ...a }, { sequence: null, ...b });
  return order === 0 ? Number(a.type !== 'trade') - Number(b.type !== 'trade') : order;
}

/**
 * The key is time-first, so a look for one symbol passes the rows of all: many symbols are read in one go, and in several
 * where that would hold too much in memory. Every symbol comes once and whole, with no prints where it has none.
 */
async function* printsBySymbol(
  database: SqlDatabase,
  symbols: readonly string[],
  fromMs: number,
  toMs: number,
): AsyncGenerator<ReadonlyMap<string, readonly Trade[]>> {
  const left = new Set(symbols);
  while (left.size > 0) {
    // One symbol is wanted whole, however long it is.
    const limit = left.size === 1 ? null : MAX_ROWS_AT_ONCE;
    const { rows } = await database.query<TradeRow>(
      `SELECT ${SELECT_TRADE} FROM trades
       WHERE symbol = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb))) AND time >= $2::timestamptz AND time < $3::timestamptz
       ORDER BY symbol, ${BUS_ORDER} LIMIT $4`,
      [sqlJson([...left]), sqlTime(fromMs), sqlTime(toMs), limit],
    );
    const prints = new Map<string, Trade[]>();
    for (const row of rows) {
      const trades = prints.get(row.symbol);
      if (trades === undefined) prints.set(row.symbol, [tradeOf(row)]);
      else trades.push(tradeOf(row));
    }
    const isCut = rows.length === limit;
    const last = rows.at(-1)?.symbol ?? '';
    if (isCut) prints.delete(last);
    else for (const symbol of left) if (!prints.has(symbol)) prints.set(symbol, []);
    for (const symbol of prints.keys()) left.delete(symbol);
    if (prints.size > 0) yield prints;
    if (isCut && prints.size === 0) {
      yield new Map([[last, await printsFrom(database, { symbol: last, fromMs, toMs, limit: null })]]);
      left.delete(last);
    }
  }
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
     ORDER BY ${BUS_ORDER} LIMIT $4`,
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
       ORDER BY ${REVERSE_BUS_ORDER} LIMIT $4`,
      [query.symbol, isWhole ? null : sqlTime(fromMs), timeOrNull(query.toMs), query.limit],
    );
    if (isWhole || rows.length >= query.limit) return rows.map(tradeOf).reverse();
  }
}

/** By symbol, every amendment near enough in time to one of these prints; few, for corrections are rare. */
async function amendmentsOf(
  database: SqlDatabase,
  prints: ReadonlyMap<string, readonly Trade[]>,
): Promise<ReadonlyMap<string, readonly Amendment[]>> {
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for (const trades of prints.values()) {
    firstMs = Math.min(firstMs, trades[0]?.timeMs ?? Infinity);
    lastMs = Math.max(lastMs, trades.at(-1)?.timeMs ?? -Infinity);
  }
  const bySymbol = new Map<string, Amendment[]>();
  if (firstMs > lastMs) return bySymbol;
  const { rows } = await database.query<AmendmentRow>(
    `SELECT ${SELECT_AMENDMENT} FROM trade_amendments
     WHERE symbol = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb))) AND time >= $2::timestamptz AND time < $3::timestamptz
     ORDER BY time_ns, kind DESC, id`,
    [sqlJson([...prints.keys()]), sqlTime(firstMs - CLOCK_SLACK_MS), sqlTime(lastMs + AMENDMENT_REACH_MS)],
  );
  for (const row of rows) {
    const amendments = bySymbol.get(row.symbol);
    if (amendments === undefined) bySymbol.set(row.symbol, [amendmentOf(row)]);
    else amendments.push(amendmentOf(row));
  }
  return bySymbol;
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
