import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candleFromJson, candleToJson, candleToRecord } from './candle-json.ts';
import type { Candle } from './candle.ts';
import { marketEventFromJson, marketEventToJson } from './event-json.ts';
import { numberText } from './json-fields.ts';
import type { MarketEvent } from './market-event.ts';
import { tradeIdOf } from './trade-id.ts';

const defaults = { source: 'replay', provider: 'replay', receivedMs: 5 } as const;
const line = {
  type: 'trade',
  symbol: 'AAPL',
  time: '2026-07-13T13:45:01.120034501Z',
  price: 101.25,
  size: 100,
  id: '17',
};
const common = {
  symbol: 'BRK.B',
  timeMs: Date.UTC(2026, 6, 13, 13, 45),
  nanosOfMs: 120_030,
  source: 'live',
  provider: 'alpaca',
  receivedMs: Date.UTC(2026, 6, 13, 13, 45, 1),
} as const;
const prices = { open: 101.1, high: 101.31, low: 101.05, close: 101.25 };

const events: readonly MarketEvent[] = [
  {
    type: 'trade',
    ...common,
    price: 0.000_012_5,
    size: 0.1,
    id: 'say "hi"\\',
    exchange: 'V',
    tape: 'C',
    conditions: ['@', 'I'],
    sequence: 7,
  },
  { type: 'trade', ...common, price: 101, size: 0, id: '1', exchange: '', tape: '', conditions: [], sequence: null },
  {
    type: 'correction',
    ...common,
    price: 101.21,
    size: 100,
    originalId: '71',
    id: '72',
    exchange: 'V',
    tape: 'C',
    conditions: ['@'],
  },
  { type: 'cancel', ...common, originalId: '71', exchange: 'V', tape: 'C' },
  { type: 'quote', ...common, bid: 101.24, bidSize: 2, ask: 0, askSize: 0, exchange: 'V', conditions: ['R'] },
  { type: 'bar', ...common, interval: '1m', ...prices, volume: 4210, vwap: 101.187432, tradeCount: 57, isUpdate: true },
  { type: 'bar', ...common, interval: '1d', ...prices, volume: 0, vwap: null, tradeCount: 0, isUpdate: false },
  {
    type: 'status',
    ...common,
    phase: 'halted',
    statusCode: 'P',
    reasonCode: 'LUDP',
    reason: 'Volatility Trading Pause – ü',
  },
];

describe('market events as JSON', () => {
  it.each(events.map((event) => [event.type, event] as const))('keep a %s whole', (_type, event) => {
    const text = marketEventToJson(event);
    expect(text).not.toContain('\n');
    expect(marketEventFromJson(JSON.parse(text), defaults)).toEqual(event);
  });

  it('fill in what a replay file leaves out, and ignore what it adds', () => {
    expect(marketEventFromJson({ ...line, id: 17, venueName: 'x' }, defaults)).toMatchObject({
      id: '17',
      exchange: '',
      tape: '',
      conditions: [],
      sequence: null,
      source: 'replay',
      provider: 'replay',
      receivedMs: 5,
    });
  });

  it('give a trade without an id the stated hash', () => {
    const event = marketEventFromJson({ ...line, id: undefined }, defaults);
    expect(event.type === 'trade' && event.id === tradeIdOf(event)).toBe(true);
  });

  it('take a lone id of a cancel for the original, and of a correction for both', () => {
    expect(marketEventFromJson({ ...line, type: 'cancel' }, defaults)).toMatchObject({ originalId: '17' });
    for (const ids of [{ id: '17' }, { id: undefined, originalId: '17' }]) {
      const correction = marketEventFromJson({ ...line, type: 'correction', ...ids }, defaults);
      expect(correction).toMatchObject({ originalId: '17', id: '17' });
    }
  });

  it.each([
    ['price', { price: -1 }],
    ['price', { price: '101.25' }],
    ['price', { price: null }],
    ['size', { size: -1 }],
    ['size', { size: Number.NaN }],
    ['symbol', { symbol: 'aapl' }],
    ['symbol', { symbol: '' }],
    ['symbol', { symbol: 'A'.repeat(21) }],
    ['time', { time: 1_783_950_301_120 }],
    ['time', { time: '13:45' }],
    ['id', { id: 2 ** 60 }],
    ['id', { id: 1.5 }],
    ['conditions', { conditions: '@' }],
    ['conditions', { conditions: [1] }],
    ['sequence', { sequence: -1 }],
    ['exchange', { exchange: 5 }],
    ['source', { source: 'elsewhere' }],
    ['type', { type: 'tick' }],
    ['originalId', { type: 'correction', id: undefined }],
    ['interval', { type: 'bar', interval: '5m' }],
    ['high', { type: 'bar', interval: '1m', ...prices, high: 101.2 }],
    ['low', { type: 'bar', interval: '1m', ...prices, low: 101.2 }],
    ['phase', { type: 'status', phase: 'resting' }],
    ['bid', { type: 'quote', ask: 1, askSize: 1, bidSize: 1 }],
  ])('name %s as the field that is wrong in %j', (field, change) => {
    const broken = (): MarketEvent => marketEventFromJson({ ...line, ...change }, defaults);
    expect(broken).toThrow(expect.objectContaining({ code: 'bad-message' }));
    expect(broken).toThrow(field === 'time' ? /time/ : new RegExp(`^${field}:`));
  });

  it.each([[null], [[]], ['trade'], [7]])('refuse %j, which is no object', (value) => {
    expect(() => marketEventFromJson(value, defaults)).toThrow('event: expected an object');
  });

  it('write every number as JavaScript would', () => {
    const quoted = fc.integer({ min: 0, max: 2e9 }).map((units) => units / 10_000);
    fc.assert(
      fc.property(fc.oneof(quoted, fc.double({ noNaN: true, noDefaultInfinity: true })), (value) => {
        expect(numberText(value)).toBe(String(value));
      }),
    );
  });
});

describe('candles as JSON', () => {
  const candle: Candle = {
    symbol: 'AAPL',
    interval: '5m',
    openTimeMs: Date.UTC(2026, 6, 13, 13, 45),
    ...prices,
    volume: 4210.5,
    vwap: 101.187432,
    tradeCount: 57,
    revision: 60,
    isClosed: false,
    source: 'feed-bar',
  };

  it('have the promised fields, in the promised order', () => {
    expect(Object.keys(candleToRecord(candle))).toEqual(
      'symbol interval openTime open high low close volume vwap tradeCount revision isClosed source'.split(' '),
    );
    expect(candleToJson(candle)).toBe(JSON.stringify(candleToRecord(candle)));
    expect(candleToRecord(candle).openTime).toBe('2026-07-13T13:45:00.000Z');
  });

  it('survive a round trip', () => {
    for (const vwap of [candle.vwap, null]) {
      expect(candleFromJson(JSON.parse(candleToJson({ ...candle, vwap })))).toEqual({ ...candle, vwap });
    }
  });

  it.each([
    ['interval', { interval: '2m' }],
    ['openTime', { openTime: 5 }],
    ['high', { high: 1 }],
    ['source', { source: 'hearsay' }],
    ['revision', { revision: 0.5 }],
  ])('are refused by the name of the wrong field: %s', (field, change) => {
    expect(() => candleFromJson({ ...candleToRecord(candle), ...change })).toThrow(new RegExp(`^${field}:`));
  });
});
