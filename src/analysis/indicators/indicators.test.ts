import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIndicatorSuite, indicatorKeys, indicatorSeries } from './indicator-suite.ts';

const KEYS = ['sma5', 'sma1', 'ema5', 'rsi4', 'rsi1', 'macd3-6-4', 'bollinger5-2', 'volatility5'];
const pricesArbitrary = fc.array(
  fc.integer({ min: 1_000, max: 2_000 }).map((cents) => cents / 100),
  {
    minLength: 1,
    maxLength: 60,
  },
);

/** Straight from the definitions, over the whole list every time. */
const definitions: Readonly<Record<string, (closes: readonly number[]) => number>> = {
  sma5: (closes) => mean(last(closes, 5)),
  sma1: (closes) => mean(last(closes, 1)),
  ema5: (closes) => ema(closes, 5).at(-1) ?? Number.NaN,
  rsi4: (closes) => wilderRsi(closes, 4),
  rsi1: (closes) => wilderRsi(closes, 1),
  'macd3-6-4': (closes) => macdLine(closes).at(-1) ?? Number.NaN,
  'macd3-6-4.signal': (closes) => ema(macdLine(closes), 4).at(-1) ?? Number.NaN,
  'macd3-6-4.histogram': (closes) =>
    (macdLine(closes).at(-1) ?? Number.NaN) - (ema(macdLine(closes), 4).at(-1) ?? Number.NaN),
  'bollinger5-2.upper': (closes) => mean(last(closes, 5)) + 2 * deviation(last(closes, 5), 5),
  'bollinger5-2.middle': (closes) => mean(last(closes, 5)),
  'bollinger5-2.lower': (closes) => mean(last(closes, 5)) - 2 * deviation(last(closes, 5), 5),
  volatility5: (closes) => 100 * deviation(last(logReturns(closes), 5), 4),
};

function last(values: readonly number[], count: number): readonly number[] {
  return values.length < count ? [] : values.slice(-count);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[], divisor: number): number {
  const middle = mean(values);
  if (values.length === 0) return Number.NaN;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / divisor);
}

function ema(values: readonly number[], period: number): readonly number[] {
  if (values.length < period) return [];
  const series = [mean(values.slice(0, period))];
  for (const value of values.slice(period)) {
    const before = series.at(-1) ?? 0;
    series.push(before + (2 / (period + 1)) * (value - before));
  }
  return series;
}

function macdLine(closes: readonly number[]): readonly number[] {
  return ema(closes, 6).map((slow, index) => (ema(closes, 3)[index + 3] ?? Number.NaN) - slow);
}

function logReturns(closes: readonly number[]): readonly number[] {
  return closes.slice(1).map((close, index) => Math.log(close / (closes[index] ?? close)));
}

function wilderRsi(closes: readonly number[], period: number): number {
  const changes = closes.slice(1).map((close, index) => close - (closes[index] ?? close));
  if (changes.length < period) return Number.NaN;
  let gain = mean(changes.slice(0, period).map((change) => Math.max(0, change)));
  let loss = mean(changes.slice(0, period).map((change) => Math.max(0, -change)));
  for (const change of changes.slice(period)) {
    gain = (gain * (period - 1) + Math.max(0, change)) / period;
    loss = (loss * (period - 1) + Math.max(0, -change)) / period;
  }
  return gain + loss === 0 ? 50 : 100 - 100 / (1 + gain / loss);
}

describe('every indicator', () => {
  it('follows its definition, computed over the whole list', () => {
    fc.assert(
      fc.property(pricesArbitrary, (closes) => {
        const suite = createIndicatorSuite(KEYS);
        for (const close of closes) suite.add(close);
        const values = suite.values();
        expect(suite.columns.toSorted()).toEqual(Object.keys(definitions).toSorted());
        for (const [column, define] of Object.entries(definitions)) {
          const expected = define(closes);
          if (Number.isNaN(expected)) expect(values[column]).toBeUndefined();
          else expect(values[column]).toBeCloseTo(expected, 6);
        }
      }),
    );
  });

  it('keeps no trace of replaced closes', () => {
    const withDrafts = fc.array(fc.array(fc.integer({ min: 1_000, max: 2_000 }), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(withDrafts, (drafts) => {
        const live = createIndicatorSuite(KEYS);
        const settled = createIndicatorSuite(KEYS);
        for (const candle of drafts) {
          live.add(candle[0] ?? 0);
          for (const close of candle.slice(1)) live.replace(close);
          settled.add(candle.at(-1) ?? 0);
          expect(live.values()).toEqual(settled.values());
        }
      }),
    );
  });

  it('gives the same column for a chart as live', () => {
    fc.assert(
      fc.property(pricesArbitrary, (closes) => {
        const columns = indicatorSeries(KEYS, closes);
        const suite = createIndicatorSuite(KEYS);
        for (const [at, close] of closes.entries()) {
          suite.add(close);
          const values = suite.values();
          for (const column of suite.columns) expect(columns[column]?.[at]).toEqual(values[column] ?? Number.NaN);
        }
      }),
    );
  });

  it('does not lose digits over a long run of large prices', () => {
    const closes = Array.from({ length: 20_000 }, (_, at) => 60_000 + ((at * 7_919) % 100) / 100);
    const suite = createIndicatorSuite(KEYS);
    for (const close of closes) suite.add(close);
    for (const column of ['sma5', 'bollinger5-2.upper', 'bollinger5-2.lower', 'volatility5']) {
      expect(suite.values()[column]).toBeCloseTo(definitions[column]?.(closes.slice(-6)) ?? Number.NaN, 7);
    }
  });
});

/** The last value of one column after these closes. */
function valueAfter(key: string, closes: readonly number[], column = key): number {
  return indicatorSeries([key], closes)[column]?.at(-1) ?? Number.NaN;
}

describe('published values', () => {
  // StockCharts ChartSchool, "Relative Strength Index", sample sheet cs-rsi (QQQQ closes).
  const rsiCloses = [
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.614,
    46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122,
  ];

  it('of RSI 14: StockCharts', () => {
    const series = indicatorSeries(['rsi14'], rsiCloses)['rsi14'] ?? new Float64Array(0);
    expect(Array.from(series.slice(14), (value) => value.toFixed(2))).toEqual([
      '70.53',
      '66.32',
      '66.55',
      '69.41',
      '66.36',
      '57.97',
      '62.93',
    ]);
    expect(series[13]).toBeNaN();
  });

  // StockCharts ChartSchool, "Moving Averages", sample sheet cs-movavg (Intel closes).
  const averageCloses = [
    22.2734, 22.194, 22.0847, 22.1741, 22.184, 22.1344, 22.2337, 22.4323, 22.2436, 22.2933, 22.1542, 22.3926, 22.3816,
  ];

  it('of SMA 10 and EMA 10: StockCharts', () => {
    const columns = indicatorSeries(['sma10', 'ema10'], averageCloses);
    const shown = (key: string): readonly string[] =>
      Array.from((columns[key] ?? new Float64Array(0)).slice(9), (value) => value.toFixed(2));
    expect(shown('sma10')).toEqual(['22.22', '22.21', '22.23', '22.26']);
    expect(shown('ema10')).toEqual(['22.22', '22.21', '22.24', '22.27']);
  });

  // StockCharts ChartSchool, "Bollinger Bands", sample sheet cs-bbands (Intel closes).
  it('of Bollinger bands 20, 2: StockCharts', () => {
    const closes = [
      86.1557, 89.0867, 88.7829, 90.3228, 89.0671, 91.1453, 89.4397, 89.175, 86.9302, 87.6752, 86.9596, 89.4299,
      89.3221, 88.7241, 87.4497, 87.2634, 89.4985, 87.9006, 89.126, 90.7043,
    ];
    expect(valueAfter('bollinger20-2', closes, 'bollinger20-2.middle')).toBeCloseTo(88.71, 2);
    expect(valueAfter('bollinger20-2', closes, 'bollinger20-2.upper')).toBeCloseTo(91.29, 2);
    expect(valueAfter('bollinger20-2', closes, 'bollinger20-2.lower')).toBeCloseTo(86.12, 2);
  });
});

describe('edge cases', () => {
  it('RSI is 100 without losses, 0 without gains, 50 without changes', () => {
    expect(valueAfter('rsi3', [1, 2, 3, 4])).toBe(100);
    expect(valueAfter('rsi3', [4, 3, 2, 1])).toBe(0);
    expect(valueAfter('rsi3', [2, 2, 2, 2])).toBe(50);
  });

  it('bands of a flat price lie on it', () => {
    expect(valueAfter('bollinger3-2', [0.1, 0.1, 0.1, 0.1, 0.1], 'bollinger3-2.upper')).toBe(0.1);
  });

  it.each([
    'sma',
    'sma0',
    'sma1.5',
    'sma20-3',
    'macd12-26',
    'bollinger1-2',
    'volatility1',
    'supertrend10',
    'SMA20',
    '',
  ])('the key %j names none', (key) => {
    expect(() => createIndicatorSuite([key])).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });

  it('configured periods give each key once', () => {
    const periods = {
      rsi: 14,
      smaShort: 20,
      smaLong: 20,
      emaShort: 12,
      emaLong: 26,
      bollinger: 20,
      bollingerDeviations: 2.5,
      macdFast: 12,
      macdSlow: 26,
      macdSignal: 9,
      volatility: 20,
    };
    expect(indicatorKeys(periods)).toEqual([
      'sma20',
      'ema12',
      'ema26',
      'rsi14',
      'macd12-26-9',
      'bollinger20-2.5',
      'volatility20',
    ]);
    expect(createIndicatorSuite(indicatorKeys(periods)).columns).toContain('bollinger20-2.5.upper');
  });
});
