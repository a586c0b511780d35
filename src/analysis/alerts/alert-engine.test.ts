import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert, AlertCondition, AlertRule, Candle, IndicatorSet, Trade } from '../../market/index.ts';
import { type AlertEngine, createAlertEngine } from './alert-engine.ts';

const options = { indicatorKeys: { rsi: 'rsi14', volatility: 'volatility20' } };
const MINUTE_MS = 60_000;

function ruleOf(condition: AlertCondition, change: Partial<AlertRule> = {}): AlertRule {
  return {
    id: `rule-${condition.kind}`,
    symbol: 'AAPL',
    condition,
    isEnabled: true,
    cooldownMs: 0,
    hysteresisPercent: 1,
    note: '',
    createdMs: 0,
    updatedMs: 0,
    ...change,
  };
}

function tradeOf(price: number, timeMs: number, change: Partial<Trade> = {}): Trade {
  return {
    type: 'trade',
    symbol: 'AAPL',
    timeMs,
    nanosOfMs: 0,
    source: 'mock',
    provider: 'mock',
    receivedMs: 0,
    price,
    size: 1,
    id: `${timeMs}`,
    exchange: 'M',
    tape: '',
    conditions: [],
    sequence: null,
    ...change,
  };
}

function candleOf(minute: number, volume: number, isClosed: boolean, symbol = 'AAPL'): Candle {
  const prices = { open: 100, high: 100, low: 100, close: 100 };
  const sums = { volume, vwap: 100, tradeCount: 1, revision: 1 };
  return { symbol, interval: '1m', openTimeMs: minute * MINUTE_MS, ...prices, ...sums, isClosed, source: 'mock' };
}

function setOf(candle: Candle, values: Readonly<Record<string, number>>): IndicatorSet {
  const { symbol, interval, openTimeMs, revision, isClosed } = candle;
  return { symbol, interval, openTimeMs, revision, isClosed, values };
}

function engineWith(...rules: readonly AlertRule[]): AlertEngine {
  const engine = createAlertEngine(options);
  engine.setRules(rules);
  return engine;
}

/** Prices one second apart; the indexes at which something fired. */
function firings(engine: AlertEngine, prices: readonly number[], startMs = 0): readonly number[] {
  return prices.flatMap((price, at) => engine.onTrade(tradeOf(price, startMs + at * 1000)).map(() => at));
}

describe('a price rule', () => {
  it('fires once when the price goes above its level, and says so in a line for people', () => {
    const engine = engineWith(ruleOf({ kind: 'price-above', price: 190 }));
    expect(engine.onTrade(tradeOf(189.5, 0))).toEqual([]);
    expect(engine.onTrade(tradeOf(190, 1))).toEqual([]);
    expect(engine.onTrade(tradeOf(190.12, 2))).toMatchObject([
      {
        ruleId: 'rule-price-above',
        symbol: 'AAPL',
        timeMs: 2,
        price: 190.12,
        value: 190.12,
        message: 'AAPL above 190.00: 190.12',
      },
    ]);
    expect(engine.onTrade(tradeOf(191, 3))).toEqual([]);
  });

  it('does not fire for a first value already beyond the level, but for the next crossing', () => {
    expect(firings(engineWith(ruleOf({ kind: 'price-above', price: 190 })), [200, 201, 180, 195])).toEqual([3]);
    expect(firings(engineWith(ruleOf({ kind: 'price-below', price: 190 })), [180, 179, 200, 185])).toEqual([3]);
  });

  it('fires when the price jumps over the level', () => {
    expect(firings(engineWith(ruleOf({ kind: 'price-below', price: 190 })), [250, 120])).toEqual([1]);
  });

  it('stays quiet until the price has gone back by the hysteresis', () => {
    const engine = engineWith(ruleOf({ kind: 'price-above', price: 100 }));
    expect(firings(engine, [99.9, 100.1, 99.9, 100.1, 99.01, 100.1, 99, 100.1])).toEqual([1, 7]);
  });

  it('of both ways fires in both, each time after leaving the level', () => {
    const engine = engineWith(ruleOf({ kind: 'price-crossing', price: 100 }));
    expect(firings(engine, [99, 100.5, 99.5, 102, 99.5, 98, 101])).toEqual([1, 4, 6]);
  });

  it('counts a crossing during the cooldown as seen, in exchange time', () => {
    const engine = engineWith(ruleOf({ kind: 'price-above', price: 100 }, { cooldownMs: 3_000 }));
    expect(firings(engine, [90, 110, 90, 110, 90, 110])).toEqual([1, 5]);
  });

  it('is not moved by late prints, nor by prints that are no last price', () => {
    const engine = engineWith(ruleOf({ kind: 'price-above', price: 100 }));
    firings(engine, [90]);
    expect(engine.onTrade(tradeOf(110, -5))).toEqual([]);
    expect(engine.onTrade(tradeOf(110, 5, { provider: 'alpaca', tape: 'C', conditions: ['@', 'I'] }))).toEqual([]);
    expect(engine.onTrade(tradeOf(110, 6))).toHaveLength(1);
  });

  it('for every symbol watches each on its own', () => {
    const engine = engineWith(ruleOf({ kind: 'price-above', price: 100 }, { symbol: '*' }));
    firings(engine, [90]);
    expect(engine.onTrade(tradeOf(110, 1, { symbol: 'MSFT' }))).toEqual([]);
    expect(engine.onTrade(tradeOf(110, 2))).toHaveLength(1);
  });
});

describe('a rule on percent change', () => {
  it('compares with the price at the beginning of its window', () => {
    const engine = engineWith(ruleOf({ kind: 'percent-change', percent: 5, windowMs: 300_000 }));
    expect(engine.onTrade(tradeOf(100, 0))).toEqual([]);
    expect(engine.onTrade(tradeOf(104.9, 60_000))).toEqual([]);
    expect(engine.onTrade(tradeOf(94.8, 120_000))).toMatchObject([{ message: 'AAPL -5.20% in 5 min: 94.80' }]);
  });

  it('forgets what has left the window', () => {
    const engine = engineWith(ruleOf({ kind: 'percent-change', percent: 5, windowMs: 64_000 }));
    // One percent every 20 seconds never makes five within 64.
    const prices = Array.from({ length: 60 }, (_, at) => 100 * 1.01 ** at);
    expect(prices.flatMap((price, at) => engine.onTrade(tradeOf(price, at * 20_000)))).toEqual([]);
  });
});

describe('a rule on candles', () => {
  it('fires when RSI or volatility crosses its level', () => {
    const engine = engineWith(
      ruleOf({ kind: 'rsi-above', level: 70, interval: '1m' }),
      ruleOf({ kind: 'rsi-below', level: 30, interval: '1m' }),
      ruleOf({ kind: 'volatility-above', level: 2, interval: '1m' }),
    );
    const fired = [50, 71.3, 60, 29].flatMap((rsi, minute) => {
      const candle = candleOf(minute, 1, true);
      return engine.onCandle(candle, setOf(candle, { rsi14: rsi, volatility20: rsi === 60 ? 2.31 : 1 }));
    });
    expect(fired.map((alert) => alert.message)).toEqual([
      'AAPL RSI above 70 (1m): 71.3',
      'AAPL volatility above 2% (1m): 2.31%',
      'AAPL RSI below 30 (1m): 29.0',
    ]);
  });

  it('fires once a candle however often the open one flickers', () => {
    const engine = engineWith(ruleOf({ kind: 'rsi-above', level: 70, interval: '1m' }));
    const candle = candleOf(0, 1, false);
    const fired = [60, 75, 60, 75, 60, 75].flatMap((rsi14) => engine.onCandle(candle, setOf(candle, { rsi14 })));
    expect(fired).toHaveLength(1);
  });

  it('compares volume with the twenty closed candles before it, and waits until there are as many', () => {
    const engine = engineWith(ruleOf({ kind: 'volume-above-average', percent: 200, interval: '1m' }));
    for (let minute = 0; minute < 19; minute++) expect(engine.onCandle(candleOf(minute, 100, true), null)).toEqual([]);
    expect(engine.onCandle(candleOf(19, 900, false), null)).toEqual([]);
    expect(engine.onCandle(candleOf(19, 100, true), null)).toEqual([]);
    expect(engine.onCandle(candleOf(20, 50, false), null)).toEqual([]);
    expect(engine.onCandle(candleOf(20, 299, false), null)).toEqual([]);
    expect(engine.onCandle(candleOf(20, 350, false), null)).toMatchObject([
      { value: 250, message: 'AAPL volume +250% against its average (1m): 100.00' },
    ]);
  });

  it('ignores other intervals and candles of the past', () => {
    const engine = engineWith(ruleOf({ kind: 'rsi-above', level: 70, interval: '1m' }));
    const now = candleOf(5, 1, false);
    const past = candleOf(4, 1, true);
    engine.onCandle(now, setOf(now, { rsi14: 50 }));
    expect(engine.onCandle(past, setOf(past, { rsi14: 90 }))).toEqual([]);
    expect(engine.onCandle({ ...now, interval: '5m' }, setOf(now, { rsi14: 90 }))).toEqual([]);
  });
});

describe('a rule on candles, about history', () => {
  const loud = ruleOf({ kind: 'volume-above-average', percent: 200, interval: '1m' }, { symbol: '*' });
  const history = (minute: number, volume: number): Candle => ({
    ...candleOf(minute, volume, true),
    source: 'backfill',
  });

  it('learns from it without firing, and fires for what comes after', () => {
    const engine = engineWith(loud);
    const fired = Array.from({ length: 80 }, (_, minute) =>
      engine.onCandle(history(minute, minute === 40 ? 900 : 100), null),
    );
    expect(fired.flat()).toEqual([]);
    // The loud minute of the history is out of the average by now.
    expect(engine.onCandle(candleOf(80, 350, false), null)).toMatchObject([{ timeMs: 80 * MINUTE_MS, value: 250 }]);
  });

  it('goes on with the newest candle and the one it fired for after a restart', () => {
    const rsi = ruleOf({ kind: 'rsi-above', level: 70, interval: '1m' });
    const see = (engine: AlertEngine, candle: Candle, rsi14: number) =>
      engine.onCandle(candle, setOf(candle, { rsi14 }));
    const engine = engineWith(rsi);
    see(engine, candleOf(5, 1, false), 60);
    expect(see(engine, candleOf(5, 1, false), 75)).toHaveLength(1);
    const restarted = createAlertEngine(options, engine.toState());
    restarted.setRules([rsi]);
    see(restarted, candleOf(4, 1, true), 60);
    expect(see(restarted, candleOf(4, 1, true), 90)).toEqual([]);
    see(restarted, candleOf(5, 1, false), 60);
    expect(see(restarted, candleOf(5, 1, true), 80)).toEqual([]);
    see(restarted, candleOf(6, 1, false), 60);
    expect(see(restarted, candleOf(6, 1, false), 80)).toHaveLength(1);
  });
});

describe('the engine', () => {
  const above = ruleOf({ kind: 'price-above', price: 100 });

  it('keeps what unchanged rules have seen when rules change', () => {
    const engine = engineWith(above);
    firings(engine, [90]);
    engine.setRules([{ ...above, note: 'new' }, ruleOf({ kind: 'price-below', price: 50 })]);
    expect(firings(engine, [110], 10_000)).toEqual([0]);
  });

  it('starts a rule anew when its level changes, and drops disabled ones', () => {
    const engine = engineWith(above);
    firings(engine, [90]);
    engine.setRules([{ ...above, condition: { kind: 'price-above', price: 80 } }]);
    expect(firings(engine, [95, 70, 95], 10_000)).toEqual([2]);
    engine.setRules([{ ...above, isEnabled: false }]);
    expect(firings(engine, [70, 110], 20_000)).toEqual([]);
  });

  it('refuses a state it cannot read', () => {
    expect(() => createAlertEngine(options, new Uint8Array([9, 0, 0, 0]))).toThrow(
      expect.objectContaining({ code: 'corrupt' }),
    );
  });

  const rules: readonly AlertRule[] = [
    ruleOf({ kind: 'price-above', price: 100 }, { hysteresisPercent: 0.5 }),
    ruleOf({ kind: 'price-below', price: 99 }, { cooldownMs: 4_000 }),
    ruleOf({ kind: 'price-crossing', price: 101 }, { symbol: '*' }),
    ruleOf({ kind: 'percent-change', percent: 2, windowMs: 10_000 }),
    ruleOf({ kind: 'volume-above-average', percent: 50, interval: '1m' }),
  ];
  const pricesArbitrary = fc.array(
    fc.integer({ min: 970, max: 1_030 }).map((price) => price / 10),
    { maxLength: 120 },
  );

  function run(prices: readonly number[], restartAt: number): readonly Alert[] {
    let engine = engineWith(...rules);
    return prices.flatMap((price, at) => {
      if (at === restartAt) {
        engine = createAlertEngine(options, engine.toState());
        engine.setRules(rules);
      }
      const candle = candleOf(at, 100 + ((at * 37) % 200), true);
      return [...engine.onTrade(tradeOf(price, at * 1_000)), ...engine.onCandle(candle, null)];
    });
  }

  it('gives the same alerts, ids included, when run again or restarted from its state', () => {
    fc.assert(
      fc.property(pricesArbitrary, fc.nat(120), (prices, restartAt) => {
        const alerts = run(prices, -1);
        expect(run(prices, restartAt)).toEqual(alerts);
        expect(new Set(alerts.map((alert) => alert.id)).size).toBe(alerts.length);
      }),
    );
  });

  it('misses nothing by skipping prices between its levels', () => {
    fc.assert(
      fc.property(pricesArbitrary, (prices) => {
        const together = run(prices, -1).filter((alert) => alert.ruleId.startsWith('rule-price'));
        const alone = rules
          .filter((rule) => rule.condition.kind.startsWith('price'))
          .flatMap((rule) => {
            const engine = engineWith(rule);
            // A rule change makes the engine forget which prices it may skip.
            return prices.flatMap((price, at) => {
              engine.setRules([rule]);
              return engine.onTrade(tradeOf(price, at * 1_000));
            });
          });
        expect(together.map((alert) => alert.id).toSorted()).toEqual(alone.map((alert) => alert.id).toSorted());
      }),
    );
  });
});
