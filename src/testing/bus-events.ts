import type { TopicEvents } from '../bus/bus.ts';
import type { Trade } from '../market/index.ts';

const START_MS = Date.UTC(2026, 6, 13, 13, 30);
const ORIGIN = { source: 'live', provider: 'alpaca', receivedMs: START_MS + 7 } as const;

/** The trade with this number of a made-up stream of one symbol: ids and times ascend with the number. */
export function sampleTrade(number: number, symbol = 'AAPL'): Trade {
  return {
    type: 'trade',
    symbol,
    timeMs: START_MS + number,
    nanosOfMs: number % 2 === 0 ? 0 : 34_501,
    ...ORIGIN,
    price: 100 + (number % 100) / 100,
    size: 1 + (number % 300),
    id: `${symbol}-${number}`,
    exchange: 'V',
    tape: 'C',
    conditions: number % 3 === 0 ? ['@', 'I'] : ['@'],
    sequence: number % 5 === 0 ? null : number,
  };
}

export function sampleTrades(count: number, symbol = 'AAPL', from = 0): readonly Trade[] {
  return Array.from({ length: count }, (_, index) => sampleTrade(from + index, symbol));
}

const instant = { symbol: 'AAPL', timeMs: START_MS, nanosOfMs: 120_034, ...ORIGIN } as const;

/** At least one event for every topic and every kind of event in it, odd text included. */
export const SAMPLE_EVENTS: { readonly [K in keyof TopicEvents]: readonly TopicEvents[K][] } = {
  trades: [
    sampleTrade(1),
    { ...sampleTrade(2, 'BRK.B'), exchange: '', tape: '', conditions: [], id: 'odd "id"\n\u2028 ✓' },
    {
      type: 'correction',
      ...instant,
      exchange: 'V',
      tape: 'C',
      originalId: '17',
      id: '18',
      price: 100.25,
      size: 10,
      conditions: ['@'],
    },
    { type: 'cancel', ...instant, exchange: 'V', tape: 'C', originalId: '17' },
  ],
  quotes: [
    {
      type: 'quote',
      ...instant,
      bid: 100.1,
      bidSize: 2,
      ask: 100.12,
      askSize: 0,
      exchange: 'V',
      conditions: ['R'],
    },
  ],
  bars: [
    {
      type: 'bar',
      ...instant,
      nanosOfMs: 0,
      interval: '1m',
      open: 10,
      high: 12,
      low: 9.5,
      close: 11,
      volume: 1200,
      vwap: 10.75,
      tradeCount: 17,
      isUpdate: true,
    },
    {
      type: 'bar',
      ...instant,
      nanosOfMs: 0,
      interval: '1d',
      open: 10,
      high: 10,
      low: 10,
      close: 10,
      volume: 0,
      vwap: null,
      tradeCount: 0,
      isUpdate: false,
    },
  ],
  statuses: [
    {
      type: 'status',
      ...instant,
      phase: 'halted',
      statusCode: 'H',
      reasonCode: 'T12',
      reason: 'Halted: news "pending"',
    },
  ],
  candles: [
    {
      symbol: 'AAPL',
      interval: '5m',
      openTimeMs: START_MS,
      open: 10,
      high: 12,
      low: 9.5,
      close: 11,
      volume: 1200.5,
      vwap: 10.75,
      tradeCount: 17,
      revision: 18,
      isClosed: false,
      source: 'mock',
    },
    {
      symbol: 'AAPL',
      interval: '1d',
      openTimeMs: START_MS,
      open: 10,
      high: 10,
      low: 10,
      close: 10,
      volume: 0,
      vwap: null,
      tradeCount: 0,
      revision: 1,
      isClosed: true,
      source: 'feed-bar',
    },
  ],
  indicators: [
    {
      symbol: 'AAPL',
      interval: '1m',
      openTimeMs: START_MS,
      revision: 3,
      isClosed: true,
      values: { sma20: 101.25, 'macd12-26-9.histogram': -0.125 },
    },
  ],
  alerts: [
    {
      id: 'alert-1',
      ruleId: 'b3f0c1de-0000-4000-8000-000000000001',
      symbol: 'AAPL',
      condition: { kind: 'price-above', price: 190 },
      timeMs: START_MS,
      price: 190.12,
      value: 190.12,
      message: 'AAPL above 190.00: 190.12',
    },
    {
      id: 'alert-2',
      ruleId: 'b3f0c1de-0000-4000-8000-000000000002',
      symbol: 'MSFT',
      condition: { kind: 'percent-change', percent: -2.5, windowMs: 300_000 },
      timeMs: START_MS,
      price: 420,
      value: -2.6,
      message: 'MSFT fell 2.6 % in 5 min',
    },
    {
      id: 'alert-3',
      ruleId: 'b3f0c1de-0000-4000-8000-000000000003',
      symbol: 'MSFT',
      condition: { kind: 'rsi-above', level: 70, interval: '1m' },
      timeMs: START_MS,
      price: 420,
      value: 71.5,
      message: 'MSFT RSI above 70: 71.5',
    },
    {
      id: 'alert-4',
      ruleId: 'b3f0c1de-0000-4000-8000-000000000004',
      symbol: 'MSFT',
      condition: { kind: 'volume-above-average', percent: 150, interval: '5m' },
      timeMs: START_MS,
      price: 420,
      value: 180,
      message: 'MSFT volume 180 % of its average',
    },
  ],
  control: [
    { kind: 'subscriptions-changed', client: 'desk-1', timeMs: START_MS, symbols: ['AAPL', 'MSFT'] },
    { kind: 'alert-rules-changed', client: 'desk-2', timeMs: START_MS, symbols: [] },
  ],
  'dead-letters': [
    {
      origin: 'file',
      topic: 'trades',
      partition: null,
      position: 17,
      reason: 'price: expected a positive number, got -1',
      payload: '{"type":"trade",\n"price":-1}',
      timeMs: START_MS,
    },
  ],
};
