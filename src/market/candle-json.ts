import type { Candle, CandleSource } from './candle.ts';
import { isInterval } from './interval.ts';
import {
  badField,
  numberText,
  quoteText,
  readCount,
  readFlag,
  readNonNegative,
  readObject,
  readPositive,
  readPrices,
  readSymbol,
} from './json-fields.ts';
import { formatTimestamp, parseEventTime } from './timestamp.ts';

/** A candle as HTTP, topics and exports show it: `openTime` in ISO 8601 instead of `openTimeMs`. */
export interface CandleRecord extends Omit<Candle, 'openTimeMs'> {
  readonly openTime: string;
}

export function candleToRecord(candle: Candle): CandleRecord {
  return {
    symbol: candle.symbol,
    interval: candle.interval,
    openTime: formatTimestamp(candle.openTimeMs),
    open: candle.open,
    high: candle.high,
    low: candle.low,
    close: candle.close,
    volume: candle.volume,
    vwap: candle.vwap,
    tradeCount: candle.tradeCount,
    revision: candle.revision,
    isClosed: candle.isClosed,
    source: candle.source,
  };
}

/** `candleToRecord` as one line of JSON. */
export function candleToJson(candle: Candle): string {
  const prices = `"open":${numberText(candle.open)},"high":${numberText(candle.high)},"low":${numberText(candle.low)},"close":${numberText(candle.close)}`;
  const sums = `"volume":${numberText(candle.volume)},"vwap":${candle.vwap},"tradeCount":${candle.tradeCount}`;
  const state = `"revision":${candle.revision},"isClosed":${candle.isClosed},"source":"${candle.source}"`;
  const key = `"symbol":${quoteText(candle.symbol)},"interval":"${candle.interval}"`;
  return `{${key},"openTime":"${formatTimestamp(candle.openTimeMs)}",${prices},${sums},${state}}`;
}

/** Throws `bad-message` naming the field. */
export function candleFromJson(value: unknown): Candle {
  const object = readObject(value, 'candle');
  const interval = object['interval'];
  if (typeof interval !== 'string' || !isInterval(interval)) throw badField('interval', interval, 'an interval');
  const openTime = object['openTime'];
  if (typeof openTime !== 'string') throw badField('openTime', openTime, 'an RFC 3339 time');
  const { open, high, low, close } = readPrices(object);
  return {
    symbol: readSymbol(object, 'symbol'),
    interval,
    openTimeMs: parseEventTime(openTime).timeMs,
    open,
    high,
    low,
    close,
    volume: readNonNegative(object, 'volume'),
    vwap: object['vwap'] === null || object['vwap'] === undefined ? null : readPositive(object, 'vwap'),
    tradeCount: readCount(object, 'tradeCount'),
    revision: readCount(object, 'revision'),
    isClosed: readFlag(object, 'isClosed', false),
    source: readCandleSource(object['source']),
  };
}

function readCandleSource(value: unknown): CandleSource {
  switch (value) {
    case 'live':
    case 'backfill':
    case 'replay':
    case 'mock':
    case 'feed-bar':
      return value;
    default:
      throw badField('source', value, 'live, backfill, replay, mock or feed-bar');
  }
}
