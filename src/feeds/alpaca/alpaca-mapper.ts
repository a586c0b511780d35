import {
  badField,
  type Bar,
  type EventSource,
  type Instrument,
  isSymbol,
  type MarketEvent,
  parseTimestamp,
  type ParsedTimestamp,
  type Quote,
  readText,
  readTexts,
  type Trade,
  type TradeCancel,
  type TradeCorrection,
  type TradingPhase,
  type TradingStatus,
} from '../../market/index.ts';

/** Sale-condition codes of these events are Alpaca's; those of the delayed feed come late by contract. */
export type AlpacaProvider = 'alpaca' | 'alpaca-delayed';

/** One decoded message: fields as Alpaca abbreviates them, nothing checked yet. */
export type WireMessage = Readonly<Record<string, unknown>>;

/** What the mapper needs besides the message. */
export interface MapContext {
  readonly source: EventSource;
  readonly provider: AlpacaProvider;
  readonly receivedMs: number;
  /** What the symbol was doing before: many status codes announce something else and leave it as it is. */
  phaseOf(symbol: string): TradingPhase;
}

/**
 * A data message of the stream as an event; null for a type that is not used here (daily bars, bands, imbalances, unknown ones).
 * Throws `bad-message` naming the field.
 */
export function mapStreamMessage(message: WireMessage, context: MapContext): MarketEvent | null {
  switch (message['T']) {
    case 't':
      return mapTrade(symbolOf(message['S']), message, context);
    case 'q':
      return mapQuote(symbolOf(message['S']), message, context);
    case 'b':
      return mapBar(symbolOf(message['S']), '1m', message, context, false);
    case 'u':
      return mapBar(symbolOf(message['S']), '1m', message, context, true);
    case 's':
      return mapStatus(symbolOf(message['S']), message, context);
    case 'c':
      return mapCorrection(symbolOf(message['S']), message, context);
    case 'x':
      return mapCancel(symbolOf(message['S']), message, context);
    default:
      return null;
  }
}

export function mapTrade(symbol: string, message: WireMessage, context: MapContext): Trade {
  const time = timeOf(message['t']);
  return {
    type: 'trade',
    symbol,
    timeMs: time.timeMs,
    nanosOfMs: time.nanosOfMs,
    source: context.source,
    provider: context.provider,
    receivedMs: context.receivedMs,
    price: positive(message['p'], 'p'),
    size: nonNegative(message['s'], 's'),
    id: idOf(message['i'], 'i'),
    exchange: readText(message, 'x', ''),
    tape: readText(message, 'z', ''),
    conditions: readTexts(message, 'c'),
    sequence: null,
  };
}

export function mapQuote(symbol: string, message: WireMessage, context: MapContext): Quote {
  const time = timeOf(message['t']);
  return {
    type: 'quote',
    symbol,
    timeMs: time.timeMs,
    nanosOfMs: time.nanosOfMs,
    source: context.source,
    provider: context.provider,
    receivedMs: context.receivedMs,
    // An empty side of the book is quoted as 0.
    bid: nonNegative(message['bp'], 'bp'),
    bidSize: nonNegative(message['bs'], 'bs'),
    ask: nonNegative(message['ap'], 'ap'),
    askSize: nonNegative(message['as'], 'as'),
    exchange: readText(message, 'bx', ''),
    conditions: readTexts(message, 'c'),
  };
}

export function mapBar(
  symbol: string,
  interval: '1m' | '1d',
  message: WireMessage,
  context: MapContext,
  isUpdate: boolean,
): Bar {
  const open = positive(message['o'], 'o');
  const high = positive(message['h'], 'h');
  const low = positive(message['l'], 'l');
  const close = positive(message['c'], 'c');
  if (high < open || high < close || high < low) throw badField('h', high, 'the highest of the four prices');
  if (low > open || low > close) throw badField('l', low, 'the lowest of the four prices');
  const time = timeOf(message['t']);
  const vwap = message['vw'] === undefined ? 0 : nonNegative(message['vw'], 'vw');
  return {
    type: 'bar',
    symbol,
    timeMs: time.timeMs,
    nanosOfMs: time.nanosOfMs,
    source: context.source,
    provider: context.provider,
    receivedMs: context.receivedMs,
    interval,
    open,
    high,
    low,
    close,
    volume: nonNegative(message['v'], 'v'),
    vwap: vwap === 0 ? null : vwap,
    tradeCount: message['n'] === undefined ? 0 : nonNegative(message['n'], 'n'),
    isUpdate,
  };
}

function mapStatus(symbol: string, message: WireMessage, context: MapContext): TradingStatus {
  const statusCode = readText(message, 'sc', '');
  const reason = readText(message, 'rm', '');
  return {
    type: 'status',
    symbol,
    ...timeOf(message['t']),
    source: context.source,
    provider: context.provider,
    receivedMs: context.receivedMs,
    phase: phaseOfStatus(statusCode) ?? context.phaseOf(symbol),
    statusCode,
    reasonCode: readText(message, 'rc', ''),
    reason: reason === '' ? readText(message, 'sm', '') : reason,
  };
}

function mapCorrection(symbol: string, message: WireMessage, context: MapContext): TradeCorrection {
  return {
    type: 'correction',
    symbol,
    ...timeOf(message['t']),
    source: context.source,
    provider: context.provider,
    receivedMs: context.receivedMs,
    exchange: readText(message, 'x', ''),
    tape: readText(message, 'z', ''),
    originalId: idOf(message['oi'], 'oi'),
    id: idOf(message['ci'], 'ci'),
    price: positive(message['cp'], 'cp'),
    size: nonNegative(message['cs'], 'cs'),
    conditions: readTexts(message, 'cc'),
  };
}

function mapCancel(symbol: string, message: WireMessage, context: MapContext): TradeCancel {
  return {
    type: 'cancel',
    symbol,
    ...timeOf(message['t']),
    source: context.source,
    provider: context.provider,
    receivedMs: context.receivedMs,
    exchange: readText(message, 'x', ''),
    tape: readText(message, 'z', ''),
    originalId: idOf(message['i'], 'i'),
  };
}

/** Codes of the CTA (digits) and UTP (letters) plans; null for one that says nothing about trading. */
export function phaseOfStatus(code: string): TradingPhase | null {
  switch (code) {
    case '2':
    case 'H':
    case 'P':
      return 'halted';
    case '3':
    case 'T':
      return 'trading';
    case 'Q':
      return 'quoting';
    default:
      return null;
  }
}

/** A row of the assets list; null for one that cannot be watched here. */
export function mapAsset(asset: WireMessage): Instrument | null {
  const { symbol, name, exchange } = asset;
  if (typeof symbol !== 'string' || !isSymbol(symbol) || asset['status'] === 'inactive') return null;
  return {
    symbol,
    name: typeof name === 'string' && name !== '' ? name : symbol,
    // Alpaca names neither.
    sector: '',
    industry: '',
    exchange: typeof exchange === 'string' ? exchange : '',
    calendar: asset['class'] === 'crypto' ? 'always-open' : 'us-equities',
    priceDecimals: 2,
  };
}

/**
 * Times are RFC 3339 text over JSON; over msgpack the SDK hands over whole seconds and nanoseconds, which its own
 * `Date` would cut to milliseconds.
 */
function timeOf(value: unknown): ParsedTimestamp {
  if (typeof value === 'string') return parseTimestamp(value);
  if (typeof value === 'object' && value !== null && 'epochSeconds' in value && 'nanos' in value) {
    const { epochSeconds, nanos } = value;
    if (typeof epochSeconds === 'number' && typeof nanos === 'number') {
      const millis = Math.floor(nanos / 1_000_000);
      return { timeMs: epochSeconds * 1000 + millis, nanosOfMs: nanos - millis * 1_000_000 };
    }
  }
  throw badField('t', value, 'a time');
}

function symbolOf(value: unknown): string {
  if (typeof value === 'string' && isSymbol(value)) return value;
  throw badField('S', value, 'a ticker');
}

function positive(value: unknown, field: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && number > 0 && number < Infinity) return number;
  throw badField(field, value, 'a positive number');
}

function nonNegative(value: unknown, field: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0 && number < Infinity) return number;
  throw badField(field, value, 'a number of at least 0');
}

/** Exact decimal text: 64-bit ids arrive as bigint, and a number past 2^53 has already lost digits. */
function idOf(value: unknown, field: string): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && value !== '') return value;
  throw badField(field, value, 'a trade id');
}
