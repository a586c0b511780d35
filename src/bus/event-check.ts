import {
  badField,
  FIRST_EVENT_MS,
  LAST_EVENT_MS,
  type Candle,
  type IndicatorSet,
  isInterval,
  type JsonObject,
  type MarketEvent,
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
} from '../market/index.ts';

const MAX_NANOS_OF_MS = 999_999;

/**
 * What the types of an event cannot say, by the rules that readers go by; each throws `bad-message` naming the field.
 * A `NaN` that got onto a topic would be refused by whoever reads the text, and used by whoever shares this process.
 */
export function checkMarketEvent(event: MarketEvent): void {
  const object = event as unknown as JsonObject;
  readSymbol(object, 'symbol');
  checkTime(object, 'timeMs');
  const { nanosOfMs, source } = event;
  if (!Number.isInteger(nanosOfMs) || nanosOfMs < 0 || nanosOfMs > MAX_NANOS_OF_MS) {
    throw badField('nanosOfMs', nanosOfMs, `a whole number from 0 to ${MAX_NANOS_OF_MS}`);
  }
  if (source !== 'live' && source !== 'mock' && source !== 'replay' && source !== 'backfill') {
    throw badField('source', source, 'live, backfill, replay or mock');
  }
  checkLabel(object, 'provider');
  checkTime(object, 'receivedMs');
  checkFields(event, object);
}

export function checkCandle(candle: Candle): void {
  const object = candle as unknown as JsonObject;
  readSymbol(object, 'symbol');
  checkInterval(candle.interval);
  checkTime(object, 'openTimeMs');
  readPrices(object);
  readNonNegative(object, 'volume');
  if (candle.vwap !== null) readPositive(object, 'vwap');
  readCount(object, 'tradeCount');
  readCount(object, 'revision');
  checkFlag(object, 'isClosed');
  if (!CANDLE_SOURCES.has(candle.source)) {
    throw badField('source', candle.source, 'live, backfill, replay, mock or feed-bar');
  }
}

const CANDLE_SOURCES: ReadonlySet<string> = new Set(['live', 'backfill', 'replay', 'mock', 'feed-bar']);

export function checkIndicators(set: IndicatorSet): void {
  const object = set as unknown as JsonObject;
  readSymbol(object, 'symbol');
  checkInterval(set.interval);
  checkTime(object, 'openTimeMs');
  readCount(object, 'revision');
  checkFlag(object, 'isClosed');
  const values = readObject(object['values'], 'values');
  for (const name in values) if (!Number.isFinite(values[name])) throw badField(name, values[name], 'a number');
}

function checkFields(event: MarketEvent, object: JsonObject): void {
  switch (event.type) {
    case 'trade':
      checkPrint(object);
      checkLabel(object, 'id');
      if (event.sequence !== null) readCount(object, 'sequence');
      return;
    case 'correction':
      checkPrint(object);
      checkLabel(object, 'id');
      checkOriginalId(object);
      return;
    case 'cancel':
      checkLabel(object, 'exchange');
      checkLabel(object, 'tape');
      checkOriginalId(object);
      return;
    case 'quote':
      for (const field of QUOTE_FIELDS) readNonNegative(object, field);
      checkLabel(object, 'exchange');
      checkConditions(object);
      return;
    case 'bar':
      if (event.interval !== '1m' && event.interval !== '1d') throw badField('interval', event.interval, '1m or 1d');
      readPrices(object);
      readNonNegative(object, 'volume');
      if (event.vwap !== null) readNonNegative(object, 'vwap');
      readCount(object, 'tradeCount');
      return;
    default:
      if (event.phase !== 'trading' && event.phase !== 'halted' && event.phase !== 'quoting') {
        throw badField('phase', event.phase, 'trading, halted or quoting');
      }
      for (const field of STATUS_TEXTS) checkText(object, field);
  }
}

const QUOTE_FIELDS = ['bid', 'bidSize', 'ask', 'askSize'] as const;
const STATUS_TEXTS = ['statusCode', 'reasonCode', 'reason'] as const;

function checkPrint(object: JsonObject): void {
  readPositive(object, 'price');
  readNonNegative(object, 'size');
  checkLabel(object, 'exchange');
  checkLabel(object, 'tape');
  checkConditions(object);
}

function checkOriginalId(object: JsonObject): void {
  if (readId(object, 'originalId') === null) throw badField('originalId', object['originalId'], 'the id of a trade');
  checkLabel(object, 'originalId');
}

function checkInterval(interval: string): void {
  if (!isInterval(interval)) throw badField('interval', interval, 'an interval');
}

function checkTime(object: JsonObject, field: string): void {
  const value = object[field];
  if (typeof value === 'number' && Number.isInteger(value) && value >= FIRST_EVENT_MS && value <= LAST_EVENT_MS) {
    return;
  }
  throw badField(field, value, 'whole milliseconds of the years 1678 to 2261');
}

function checkText(object: JsonObject, field: string): void {
  if (typeof object[field] !== 'string') throw badField(field, object[field], 'a text');
}

function checkLabel(object: JsonObject, field: string): void {
  checkText(object, field);
  readLabel(object, field, '');
}

function checkConditions(object: JsonObject): void {
  if (!Array.isArray(object['conditions'])) throw badField('conditions', object['conditions'], 'a list of texts');
  readLabels(object, 'conditions');
}

function checkFlag(object: JsonObject, field: string): void {
  if (object[field] === undefined) throw badField(field, undefined, 'true or false');
  readFlag(object, field, false);
}
