import { expect, test } from 'vitest';
import type { Candle, CandleSource } from '../../market/index.ts';
import { preferredCandle } from './preferred-candle.ts';

function candleOf(source: CandleSource, tradeCount: number, revision: number): Candle {
  const prices = { open: 100, high: 101, low: 99, close: 100 };
  const state = { volume: 1, vwap: 100, tradeCount, revision, isClosed: true, source };
  return { symbol: 'AAPL', interval: '1m', openTimeMs: 0, ...prices, ...state };
}

const BUILT = candleOf('live', 120, 41);

test.each([
  ['a built candle with a backfilled bar in it, to the bar alone,', candleOf('backfill', 120, 1)],
  ['of equals the one built here, to the bar of the feed,', candleOf('feed-bar', 120, 50)],
  ['the one that saw more trades', candleOf('backfill', 119, 60)],
  ['of one source the newer', candleOf('live', 130, 40)],
])('%s is preferred, whichever comes first', (_, other) => {
  expect(preferredCandle(BUILT, other)).toBe(BUILT);
  expect(preferredCandle(other, BUILT)).toBe(BUILT);
});
