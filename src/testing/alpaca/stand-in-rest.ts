import { formatTimestamp, parseTimestamp, sessionCalendar } from '../../market/index.ts';
import type { StandInAccount } from './stand-in-connection.ts';
import type { StandInMarket } from './stand-in-market.ts';

export interface RestRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly account: StandInAccount;
  readonly nowMs: number;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface RestOptions {
  readonly market: StandInMarket;
  /** The most rows of a page, whatever `limit` says; more may follow. */
  readonly maxPageRows: number;
  /** Writes `null` where a list or map of bars or trades is empty. */
  readonly isEmptyNull: boolean;
}

interface Row {
  readonly symbol: string;
  readonly value: Readonly<Record<string, unknown>>;
}

const RECENT_MS = 15 * 60_000;
const HISTORICAL = /^\/v2\/stocks\/(?:([^/]+)\/)?(bars|trades)$/;

/** Alpaca's REST answers for the endpoints that TapeDeck uses; null for an unknown path. */
export function answerRest(request: RestRequest, options: RestOptions): RestAnswer | null {
  const { path } = request;
  const historical = HISTORICAL.exec(path);
  if (historical !== null) {
    const kind = historical[2] === 'bars' ? 'bars' : 'trades';
    return historicalRows(kind, historical[1] ?? null, request, options);
  }
  if (path === '/v2/stocks/snapshots') return snapshots(request, options.market);
  if (path === '/v2/assets') return { status: 200, body: options.market.assets.map(assetOf) };
  if (path.startsWith('/v2/assets/')) return oneAsset(path.slice('/v2/assets/'.length), options.market);
  if (path === '/v2/clock') return clockAt(request.nowMs);
  if (path === '/v2/calendar') return calendarOf(request.query);
  return null;
}

function historicalRows(
  kind: 'bars' | 'trades',
  single: string | null,
  request: RestRequest,
  options: RestOptions,
): RestAnswer {
  const { query, nowMs, account } = request;
  const symbols = single === null ? (query.get('symbols') ?? '').split(',').filter(Boolean) : [single];
  const timeframe = query.get('timeframe');
  const limit = Number(query.get('limit') ?? 1000);
  const token = query.get('page_token');
  if (symbols.length === 0 || !(limit >= 1 && limit <= 10_000)) return refusal(400, 'invalid symbols or limit');
  if (token === 'null') return refusal(422, 'invalid page_token');
  if (kind === 'bars' && !['1Min', '1T', '1Day', '1D'].includes(timeframe ?? ''))
    return refusal(400, 'invalid timeframe');
  const fromMs = timeOf(query.get('start'), Math.floor(nowMs / 86_400_000) * 86_400_000);
  const lastMs = Math.min(timeOf(query.get('end'), nowMs), nowMs);
  if (fromMs === null || Number.isNaN(lastMs)) return refusal(400, 'invalid start or end');
  if (query.get('feed') === 'sip' && !account.feeds.includes('sip') && lastMs > nowMs - RECENT_MS) {
    return { status: 403, body: { code: 42210000, message: 'subscription does not permit querying recent SIP data' } };
  }
  const isDaily = timeframe === '1Day' || timeframe === '1D';
  const rows: Row[] = [];
  for (const symbol of [...symbols].sort()) {
    const values =
      kind === 'bars'
        ? options.market.bars(symbol, isDaily ? '1Day' : '1Min', fromMs, lastMs)
        : options.market.trades(symbol, fromMs, lastMs);
    for (const value of values) rows.push({ symbol, value });
  }
  if (query.get('sort') === 'desc') rows.reverse();
  const start = token === null ? 0 : Number(Buffer.from(token, 'base64').toString('utf8').split('|').at(-1));
  const page = rows.slice(start, start + Math.min(limit, options.maxPageRows));
  const next = start + page.length < rows.length ? tokenOf(page.at(-1), start + page.length) : null;
  return { status: 200, body: pageOf(kind, single, page, next, options.isEmptyNull) };
}

function pageOf(kind: string, single: string | null, page: readonly Row[], next: string | null, isEmptyNull: boolean) {
  if (single !== null) {
    const list = page.map(({ value }) => value);
    return { [kind]: list.length === 0 && isEmptyNull ? null : list, symbol: single, next_page_token: next };
  }
  const bySymbol: Record<string, unknown[]> = {};
  for (const { symbol, value } of page) (bySymbol[symbol] ??= []).push(value);
  return { [kind]: page.length === 0 && isEmptyNull ? null : bySymbol, next_page_token: next };
}

/** Opaque to a client. Alpaca's own also begin with the symbol, and also are base64. */
function tokenOf(last: Row | undefined, at: number): string {
  return Buffer.from(`${last?.symbol ?? ''}|M|${at}`).toString('base64');
}

function snapshots({ query, nowMs }: RestRequest, market: StandInMarket): RestAnswer {
  const body: Record<string, unknown> = {};
  for (const symbol of (query.get('symbols') ?? '').split(',')) {
    if (!market.hasData(symbol)) continue;
    const minuteMs = Math.floor(nowMs / 60_000) * 60_000 - 60_000;
    const day = sessionCalendar('us-equities').tradingDay(nowMs);
    const minuteBar = market.minuteBar(symbol, minuteMs);
    const dailyBar = day === null ? null : market.dailyBar(symbol, nowMs);
    // Members that a symbol has no data for are missing.
    body[symbol] = {
      latestTrade: market.tradeAt(symbol, nowMs),
      latestQuote: market.quoteAt(symbol, nowMs),
      ...(minuteBar === null ? {} : { minuteBar }),
      ...(dailyBar === null ? {} : { dailyBar }),
    };
  }
  return { status: 200, body };
}

function assetOf(asset: { readonly symbol: string; readonly name: string; readonly exchange: string }) {
  return {
    id: `00000000-0000-4000-8000-${Buffer.from(asset.symbol.padEnd(6, '.')).toString('hex').slice(0, 12)}`,
    class: 'us_equity',
    exchange: asset.exchange,
    symbol: asset.symbol,
    name: asset.name,
    status: 'active',
    tradable: true,
    marginable: true,
    shortable: true,
    easy_to_borrow: true,
    fractionable: true,
    attributes: [],
  };
}

function oneAsset(symbol: string, market: StandInMarket): RestAnswer {
  const asset = market.assets.find((candidate) => candidate.symbol === decodeURIComponent(symbol));
  return asset === undefined ? refusal(404, `asset not found for ${symbol}`) : { status: 200, body: assetOf(asset) };
}

function clockAt(nowMs: number): RestAnswer {
  const calendar = sessionCalendar('us-equities');
  const days = calendar.days(nowMs, nowMs + 10 * 86_400_000);
  const nextOpen = days.find((day) => day.openMs > nowMs);
  const nextClose = days.find((day) => day.closeMs > nowMs);
  return {
    status: 200,
    body: {
      timestamp: formatTimestamp(nowMs),
      is_open: calendar.phaseAt(nowMs) === 'open',
      next_open: formatTimestamp(nextOpen?.openMs ?? nowMs),
      next_close: formatTimestamp(nextClose?.closeMs ?? nowMs),
    },
  };
}

function calendarOf(query: URLSearchParams): RestAnswer {
  const first = query.get('start') ?? '';
  const final = query.get('end') ?? '';
  const body = sessionCalendar('us-equities')
    .days(timeOf(first, 0), timeOf(final, 0) + 2 * 86_400_000)
    .filter((day) => day.date >= first && day.date <= final)
    .map((day) => ({
      date: day.date,
      open: wallTime(day.openMs, day.startMs, ':'),
      close: wallTime(day.closeMs, day.startMs, ':'),
      session_open: wallTime(day.preOpenMs, day.startMs, ''),
      session_close: wallTime(day.postCloseMs, day.startMs, ''),
    }));
  return { status: 200, body };
}

function wallTime(timeMs: number, midnightMs: number, separator: string): string {
  const minutes = Math.round((timeMs - midnightMs) / 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}

/** Not a number where the text is no time. */
function timeOf(text: string | null, missing: number): number {
  if (text === null) return missing;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return Date.parse(text);
  try {
    return parseTimestamp(text).timeMs;
  } catch {
    return Number.NaN;
  }
}

function refusal(status: number, message: string): RestAnswer {
  return { status, body: { code: status * 100_000, message } };
}
