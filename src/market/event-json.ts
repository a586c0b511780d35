import {
  badField,
  type JsonObject,
  numberText,
  quoteText,
  readCount,
  readFlag,
  readId,
  readLabel,
  readLabels,
  readNonNegative,
  readObject,
  readPositive,
  readPrices,
  readSymbol,
  readText,
} from './json-fields.ts';
import type {
  Bar,
  EventSource,
  MarketEvent,
  Quote,
  Trade,
  TradeCancel,
  TradeCorrection,
  TradingPhase,
  TradingStatus,
} from './market-event.ts';
import { formatTimestamp, parseEventTime } from './timestamp.ts';
import { tradeIdOf } from './trade-id.ts';

/** What a line of a replay file may leave out. */
export interface EventDefaults {
  readonly source: EventSource;
  readonly provider: string;
  readonly receivedMs: number;
}

interface Common {
  readonly symbol: string;
  readonly timeMs: number;
  readonly nanosOfMs: number;
  readonly source: EventSource;
  readonly provider: string;
  readonly receivedMs: number;
}

/** One line: the replay file format plus `source`, `provider` and `received`. Empty optional fields are left out. */
export function marketEventToJson(event: MarketEvent): string {
  const head = `{"type":"${event.type}","symbol":"${event.symbol}","time":"${formatTimestamp(event.timeMs, event.nanosOfMs)}"`;
  const origin = `"source":"${event.source}","provider":${quoteText(event.provider)}`;
  return `${head}${fieldsOf(event)},${origin},"received":"${formatTimestamp(event.receivedMs)}"}`;
}

/**
 * A parsed line as an event. Unknown fields are ignored; a trade without an id gets `tradeIdOf`.
 * Throws `bad-message` naming the field.
 */
export function marketEventFromJson(value: unknown, defaults: EventDefaults): MarketEvent {
  const object = readObject(value, 'event');
  switch (object['type']) {
    case 'trade':
      return readTrade(object, defaults);
    case 'quote':
      return readQuote(object, defaults);
    case 'bar':
      return readBar(object, defaults);
    case 'correction':
      return readCorrection(object, defaults);
    case 'cancel':
      return readCancel(object, defaults);
    case 'status':
      return readStatus(object, defaults);
    default:
      throw badField('type', object['type'], 'trade, quote, bar, correction, cancel or status');
  }
}

function fieldsOf(event: MarketEvent): string {
  switch (event.type) {
    case 'trade':
      return tradeFields(event);
    case 'quote':
      return quoteFields(event);
    case 'bar': {
      const prices = `"open":${numberText(event.open)},"high":${numberText(event.high)},"low":${numberText(event.low)}`;
      const sums = `"close":${numberText(event.close)},"volume":${numberText(event.volume)},"vwap":${event.vwap}`;
      const update = event.isUpdate ? ',"isUpdate":true' : '';
      return `,"interval":"${event.interval}",${prices},${sums},"tradeCount":${event.tradeCount}${update}`;
    }
    case 'correction': {
      const ids = `"originalId":${quoteText(event.originalId)},"id":${quoteText(event.id)}`;
      return `,${ids},${priceAndSize(event)}${venueOf(event)}${conditionsOf(event.conditions)}`;
    }
    case 'cancel':
      return `,"originalId":${quoteText(event.originalId)}${venueOf(event)}`;
    default: {
      const codes = `"statusCode":${quoteText(event.statusCode)},"reasonCode":${quoteText(event.reasonCode)}`;
      return `,"phase":"${event.phase}",${codes},"reason":${quoteText(event.reason)}`;
    }
  }
}

function tradeFields(trade: Trade): string {
  const sequence = trade.sequence === null ? '' : `,"sequence":${trade.sequence}`;
  const venue = `${venueOf(trade)}${conditionsOf(trade.conditions)}`;
  return `,${priceAndSize(trade)},"id":${quoteText(trade.id)}${venue}${sequence}`;
}

function quoteFields(quote: Quote): string {
  const bid = `"bid":${numberText(quote.bid)},"bidSize":${numberText(quote.bidSize)}`;
  const ask = `"ask":${numberText(quote.ask)},"askSize":${numberText(quote.askSize)}`;
  const venue = quote.exchange === '' ? '' : `,"exchange":${quoteText(quote.exchange)}`;
  return `,${bid},${ask}${venue}${conditionsOf(quote.conditions)}`;
}

function priceAndSize(event: { readonly price: number; readonly size: number }): string {
  return `"price":${numberText(event.price)},"size":${numberText(event.size)}`;
}

function venueOf(event: { readonly exchange: string; readonly tape: string }): string {
  const exchange = event.exchange === '' ? '' : `,"exchange":${quoteText(event.exchange)}`;
  return event.tape === '' ? exchange : `${exchange},"tape":${quoteText(event.tape)}`;
}

function conditionsOf(conditions: readonly string[]): string {
  if (conditions.length === 0) return '';
  let list = quoteText(conditions[0] ?? '');
  for (let at = 1; at < conditions.length; at++) list += `,${quoteText(conditions[at] ?? '')}`;
  return `,"conditions":[${list}]`;
}

function readCommon(object: JsonObject, defaults: EventDefaults): Common {
  const time = object['time'];
  if (typeof time !== 'string') throw badField('time', time, 'an RFC 3339 time');
  const { timeMs, nanosOfMs } = parseEventTime(time);
  const received = object['received'];
  if (received !== undefined && typeof received !== 'string') throw badField('received', received, 'an RFC 3339 time');
  return {
    symbol: readSymbol(object, 'symbol'),
    timeMs,
    nanosOfMs,
    source: readSource(object['source'], defaults.source),
    provider: readLabel(object, 'provider', defaults.provider),
    receivedMs: received === undefined ? defaults.receivedMs : parseEventTime(received).timeMs,
  };
}

function readSource(value: unknown, missing: EventSource): EventSource {
  switch (value) {
    case undefined:
      return missing;
    case 'live':
    case 'backfill':
    case 'replay':
    case 'mock':
      return value;
    default:
      throw badField('source', value, 'live, backfill, replay or mock');
  }
}

function readTrade(object: JsonObject, defaults: EventDefaults): Trade {
  const common = readCommon(object, defaults);
  const sequence = object['sequence'];
  const fields = {
    type: 'trade' as const,
    symbol: common.symbol,
    timeMs: common.timeMs,
    nanosOfMs: common.nanosOfMs,
    source: common.source,
    provider: common.provider,
    receivedMs: common.receivedMs,
    price: readPositive(object, 'price'),
    size: readNonNegative(object, 'size'),
    id: readId(object, 'id') ?? '',
    exchange: readLabel(object, 'exchange', ''),
    tape: readLabel(object, 'tape', ''),
    conditions: readLabels(object, 'conditions'),
    sequence: sequence === undefined || sequence === null ? null : readCount(object, 'sequence'),
  };
  return fields.id === '' ? { ...fields, id: tradeIdOf(fields) } : fields;
}

function readCorrection(object: JsonObject, defaults: EventDefaults): TradeCorrection {
  const id = readId(object, 'id');
  const originalId = readId(object, 'originalId') ?? id;
  if (originalId === null) throw badField('originalId', object['originalId'], 'the id of the corrected trade');
  return {
    type: 'correction',
    ...readCommon(object, defaults),
    exchange: readLabel(object, 'exchange', ''),
    tape: readLabel(object, 'tape', ''),
    originalId,
    id: id ?? originalId,
    price: readPositive(object, 'price'),
    size: readNonNegative(object, 'size'),
    conditions: readLabels(object, 'conditions'),
  };
}

function readCancel(object: JsonObject, defaults: EventDefaults): TradeCancel {
  const originalId = readId(object, 'originalId') ?? readId(object, 'id');
  if (originalId === null) throw badField('originalId', object['originalId'], 'the id of the cancelled trade');
  return {
    type: 'cancel',
    ...readCommon(object, defaults),
    exchange: readLabel(object, 'exchange', ''),
    tape: readLabel(object, 'tape', ''),
    originalId,
  };
}

function readQuote(object: JsonObject, defaults: EventDefaults): Quote {
  const common = readCommon(object, defaults);
  return {
    type: 'quote',
    symbol: common.symbol,
    timeMs: common.timeMs,
    nanosOfMs: common.nanosOfMs,
    source: common.source,
    provider: common.provider,
    receivedMs: common.receivedMs,
    bid: readNonNegative(object, 'bid'),
    bidSize: readNonNegative(object, 'bidSize'),
    ask: readNonNegative(object, 'ask'),
    askSize: readNonNegative(object, 'askSize'),
    exchange: readLabel(object, 'exchange', ''),
    conditions: readLabels(object, 'conditions'),
  };
}

function readBar(object: JsonObject, defaults: EventDefaults): Bar {
  const interval = object['interval'];
  if (interval !== '1m' && interval !== '1d') throw badField('interval', interval, '1m or 1d');
  const { open, high, low, close } = readPrices(object);
  // Providers write 0 for the VWAP of a bar without volume.
  const vwap = object['vwap'] ?? 0;
  return {
    type: 'bar',
    ...readCommon(object, defaults),
    interval,
    open,
    high,
    low,
    close,
    volume: readNonNegative(object, 'volume'),
    vwap: vwap === 0 ? null : readPositive(object, 'vwap'),
    tradeCount: object['tradeCount'] === undefined ? 0 : readCount(object, 'tradeCount'),
    isUpdate: readFlag(object, 'isUpdate', false),
  };
}

function readStatus(object: JsonObject, defaults: EventDefaults): TradingStatus {
  return {
    type: 'status',
    ...readCommon(object, defaults),
    phase: readPhase(object['phase']),
    statusCode: readText(object, 'statusCode', ''),
    reasonCode: readText(object, 'reasonCode', ''),
    reason: readText(object, 'reason', ''),
  };
}

function readPhase(value: unknown): TradingPhase {
  if (value === 'trading' || value === 'halted' || value === 'quoting') return value;
  throw badField('phase', value, 'trading, halted or quoting');
}
