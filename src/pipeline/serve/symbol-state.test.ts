import { expect, test } from 'vitest';
import { buildCandles } from '../../analysis/index.ts';
import { parseTimestamp, type Quote, type Trade } from '../../market/index.ts';
import { SymbolState } from './symbol-state.ts';

function tradeAt(time: string, price: number, isExtended = false): Trade {
  const { timeMs, nanosOfMs } = parseTimestamp(time);
  return {
    type: 'trade',
    symbol: 'AAPL',
    timeMs,
    nanosOfMs,
    source: 'live',
    provider: 'alpaca',
    receivedMs: timeMs + 20,
    price,
    size: 100,
    id: time,
    exchange: 'V',
    tape: 'C',
    conditions: isExtended ? ['@', 'T'] : ['@'],
    sequence: null,
  };
}

function quoteOf({ symbol, timeMs, nanosOfMs, source, provider, receivedMs }: Trade, bid: number): Quote {
  const time = { symbol, timeMs, nanosOfMs, source, provider, receivedMs };
  return { ...time, type: 'quote', bid, bidSize: 1, ask: bid + 1, askSize: 1, exchange: 'V', conditions: [] };
}

/** What the screen has of these prints, each followed by the candles that they make. */
function stateAfter(trades: readonly Trade[]): SymbolState {
  const state = new SymbolState('AAPL');
  trades.forEach((trade, index) => {
    state.applyTradeEvent(trade);
    const candles = buildCandles(trades.slice(0, index + 1), [], () => 'us-equities');
    for (const candle of candles) state.applyCandle(candle);
  });
  return state;
}

const WEDNESDAY_CLOSE = tradeAt('2026-07-15T19:59:00Z', 100);
const THURSDAY_CLOSE = tradeAt('2026-07-16T19:59:00Z', 110);
const FRIDAY_EARLY = tradeAt('2026-07-17T12:00:00Z', 111, true);
const FRIDAY_OPEN = tradeAt('2026-07-17T13:30:00Z', 112);

test('before the opening the change counts from the close of the day before, of which no other figure is shown', () => {
  const state = stateAfter([WEDNESDAY_CLOSE, THURSDAY_CLOSE, FRIDAY_EARLY]);
  expect(state.get('last')).toBe(111);
  expect(state.get('previousClose')).toBe(110);
  for (const column of ['open', 'high', 'low', 'volume'] as const) expect(state.get(column)).toBeNull();
});

test('from the opening on the day shows its own figures against the same close', () => {
  const state = stateAfter([WEDNESDAY_CLOSE, THURSDAY_CLOSE, FRIDAY_EARLY, FRIDAY_OPEN]);
  expect(state.get('previousClose')).toBe(110);
  expect(state.get('open')).toBe(112);
  expect(state.get('volume')).toBe(200);
});

test('after the close the change still counts from the close of the day before', () => {
  const late = tradeAt('2026-07-16T22:00:00Z', 109, true);
  const state = stateAfter([WEDNESDAY_CLOSE, THURSDAY_CLOSE, late]);
  expect(state.get('last')).toBe(109);
  expect(state.get('previousClose')).toBe(100);
  expect(state.get('open')).toBe(110);
});

test('a start before the opening, from stored candles, shows the same', () => {
  const trades = [WEDNESDAY_CLOSE, THURSDAY_CLOSE, FRIDAY_EARLY];
  const candles = buildCandles(trades, [], () => 'us-equities');
  const state = new SymbolState('AAPL');
  const ofInterval = (interval: string) => candles.filter((candle) => candle.interval === interval);
  for (const candle of [...ofInterval('1d'), ...ofInterval('1m').slice(-1)]) state.applyCandle(candle);
  expect(state.get('last')).toBe(111);
  expect(state.get('previousClose')).toBe(110);
});

test('a print and a quote that claim to come from tomorrow give way to the next ones', () => {
  const state = stateAfter([WEDNESDAY_CLOSE]);
  const early = { ...tradeAt('2026-07-17T15:00:00Z', 108), receivedMs: parseTimestamp('2026-07-16T15:00:00Z').timeMs };
  state.applyTradeEvent(early);
  state.applyQuote(quoteOf(early, 107));
  expect(state.get('last')).toBe(108);
  const next = tradeAt('2026-07-16T15:00:05Z', 109);
  expect(state.applyTradeEvent(next)).toBe(true);
  expect(state.applyQuote(quoteOf(next, 108.5))).toBe(true);
  expect(state.get('last')).toBe(109);
  expect(state.get('bid')).toBe(108.5);
  expect(state.applyTradeEvent(tradeAt('2026-07-16T15:00:04Z', 90))).toBe(false);
});
