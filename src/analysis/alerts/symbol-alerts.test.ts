import { expect, test } from 'vitest';
import type { Alert, AlertCondition, AlertRule, Candle, Trade } from '../../market/index.ts';
import { SymbolAlerts } from './symbol-alerts.ts';

const KEYS = { rsi: 'rsi14', volatility: 'volatility20' };
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const NOW_MS = Date.UTC(2026, 6, 16, 15);

function ruleOf(condition: AlertCondition): AlertRule {
  const times = { cooldownMs: MINUTE_MS, createdMs: 0, updatedMs: 0 };
  return { id: condition.kind, symbol: 'AAPL', condition, isEnabled: true, hysteresisPercent: 0, note: '', ...times };
}

/** A live print received `elapsedMs` after the first one, at the time that it tells unless that is given. */
function tradeOf(price: number, elapsedMs: number, timeMs = NOW_MS + elapsedMs): Trade {
  return {
    type: 'trade',
    symbol: 'AAPL',
    timeMs,
    nanosOfMs: 0,
    source: 'live',
    provider: 'alpaca',
    receivedMs: NOW_MS + elapsedMs,
    price,
    size: 1,
    id: String(elapsedMs),
    exchange: 'V',
    tape: 'C',
    conditions: [],
    sequence: null,
  };
}

function alertsOf(condition: AlertCondition, trades: readonly Trade[]): readonly Alert[] {
  const rules = new SymbolAlerts('AAPL', KEYS);
  rules.setRules([ruleOf(condition)]);
  const alerts: Alert[] = [];
  for (const trade of trades) rules.onTrade(trade, alerts);
  return alerts;
}

const FROM_TOMORROW = tradeOf(100, 1_000, NOW_MS + DAY_MS);

test('a print that claims to come from tomorrow does not silence a price rule', () => {
  const trades = [tradeOf(100, 0), FROM_TOMORROW, tradeOf(111, 30_000)];
  expect(alertsOf({ kind: 'price-above', price: 110 }, trades)).toMatchObject([{ timeMs: NOW_MS + 30_000 }]);
});

test('nor does it silence a rule on change within a window', () => {
  const trades = [tradeOf(100, 0), FROM_TOMORROW, tradeOf(111, 30_000)];
  const condition = { kind: 'percent-change', percent: 10, windowMs: 5 * MINUTE_MS } as const;
  expect(alertsOf(condition, trades)).toMatchObject([{ timeMs: NOW_MS + 30_000, price: 111 }]);
});

test('what it fires itself is told as of now, and the quiet time after it ends', () => {
  const trades = [tradeOf(100, 0), tradeOf(111, 1_000, NOW_MS + DAY_MS), tradeOf(100, 30_000), tradeOf(112, 120_000)];
  const alerts = alertsOf({ kind: 'price-above', price: 110 }, trades);
  expect(alerts.map(({ timeMs }) => timeMs)).toEqual([NOW_MS + 11_000, NOW_MS + 120_000]);
});

test('a candle of tomorrow does not silence a rule on candles', () => {
  const rules = new SymbolAlerts('AAPL', KEYS);
  rules.setRules([ruleOf({ kind: 'rsi-above', level: 70, interval: '1m' })]);
  const alerts: Alert[] = [];
  const candleOf = (openTimeMs: number): Candle => {
    const prices = { open: 100, high: 100, low: 100, close: 100 };
    const sums = { volume: 1, vwap: 100, tradeCount: 1, revision: 1 };
    return { symbol: 'AAPL', interval: '1m', openTimeMs, ...prices, ...sums, isClosed: false, source: 'live' };
  };
  rules.onTrade(tradeOf(100, 0), alerts);
  rules.onCandle(candleOf(NOW_MS), { rsi14: 60 }, alerts);
  rules.onTrade(FROM_TOMORROW, alerts);
  rules.onCandle(candleOf(NOW_MS + DAY_MS), { rsi14: 60 }, alerts);
  rules.onTrade(tradeOf(100, MINUTE_MS), alerts);
  rules.onCandle(candleOf(NOW_MS + MINUTE_MS), { rsi14: 75 }, alerts);
  expect(alerts).toMatchObject([{ ruleId: 'rsi-above', timeMs: NOW_MS + MINUTE_MS }]);
});

test('the prices of a window go with the last rule that looks at them, after a restart too', () => {
  const short = ruleOf({ kind: 'percent-change', percent: 10, windowMs: MINUTE_MS });
  const long = { ...ruleOf({ kind: 'percent-change', percent: 10, windowMs: 5 * MINUTE_MS }), id: 'long' };
  const rules = new SymbolAlerts('AAPL', KEYS);
  rules.setRules([short, long]);
  rules.onTrade(tradeOf(100, 0), []);
  const saved = rules.state();
  rules.setRules([long]);
  expect(rules.state().windows.map(([windowMs]) => windowMs)).toEqual([5 * MINUTE_MS]);

  const restarted = new SymbolAlerts('AAPL', KEYS);
  restarted.restore(saved, [short]);
  expect(restarted.state().windows.map(([windowMs]) => windowMs)).toEqual([MINUTE_MS]);
  const alerts: Alert[] = [];
  restarted.onTrade(tradeOf(111, 30_000), alerts);
  expect(alerts).toMatchObject([{ price: 111 }]);
});
