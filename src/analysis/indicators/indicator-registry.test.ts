import { describe, expect, it } from 'vitest';
import { createIndicator, describeIndicator, offeredIndicators } from './indicator-registry.ts';

describe('offeredIndicators', () => {
  it('offers what is configured, and every other kind with its usual parameters', () => {
    const keys = offeredIndicators(['ema9', 'ema21', 'sma50']).map(({ key }) => key);
    expect(keys).toEqual(['sma50', 'ema9', 'ema21', 'bollinger20-2', 'rsi14', 'macd12-26-9', 'volatility20']);
  });

  it('describes the very numbers that are computed', () => {
    for (const { key, lines } of offeredIndicators([])) {
      expect(lines.map((line) => line.key)).toEqual(createIndicator(key).columns);
    }
  });
});

describe('describeIndicator', () => {
  it('knows any parameters, and nothing of a key that names no indicator', () => {
    expect(describeIndicator('macd5-35-5')).toMatchObject({ title: 'MACD 5, 35, 5', scale: 'signed' });
    expect(describeIndicator('sma')).toBeNull();
    expect(describeIndicator('nothing5')).toBeNull();
  });
});
