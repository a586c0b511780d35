import { describe, expect, it } from 'vitest';
import { gapsByQuarter } from './missing-minutes.ts';

const START_MS = Date.UTC(2026, 10, 20, 15);
const minute = (symbol: string, index: number) => ({ symbol, openTimeMs: START_MS + index * 60_000 });

describe('minutes that have a bar of the feed and no candle', () => {
  it('become one gap for each symbol and quarter of an hour', () => {
    const minutes = [minute('AAPL', 0), minute('AAPL', 4), minute('AAPL', 14), minute('AAPL', 15), minute('MSFT', 15)];
    const gaps = gapsByQuarter(minutes).map(({ symbol, fromMs, toMs }) => [
      symbol,
      (fromMs - START_MS) / 60_000,
      (toMs - START_MS) / 60_000,
    ]);
    expect(gaps).toEqual([
      ['AAPL', 0, 15],
      ['AAPL', 15, 16],
      ['MSFT', 15, 16],
    ]);
  });
});
