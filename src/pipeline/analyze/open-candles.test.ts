import { expect, test } from 'vitest';
import type { Candle } from '../../market/index.ts';
import { candleOf } from '../../testing/store-rows.ts';
import { OpenCandles } from './open-candles.ts';

const NONE: ReadonlySet<string> = new Set();
const MINUTE_MS = 60_000;

function minute(index: number, changes: Partial<Candle> = {}): Candle {
  return candleOf({ openTimeMs: index * MINUTE_MS, isClosed: false, ...changes });
}

test('a print out of order, for the minute before, does not hold back the newest minute', () => {
  const open = new OpenCandles();
  open.put(minute(1));
  open.put(minute(0, { revision: 9 }));
  expect(open.take(0, NONE)).toEqual([minute(1)]);
});

test('a bar of the feed neither hides the candle built beside it nor revises it', () => {
  const open = new OpenCandles();
  const bar = minute(0, { source: 'feed-bar' });
  open.put(minute(0));
  open.put(bar);
  expect(open.take(0, NONE)).toEqual([minute(0), bar]);
  open.put(minute(0, { revision: 9 }));
  expect(open.close({ ...bar, isClosed: true })).toBe(false);
  expect(open.take(1_000, NONE)).toEqual([minute(0, { revision: 9 })]);
  expect(open.close(minute(0, { isClosed: true }))).toBe(false);
  expect(open.close(minute(0, { isClosed: true, revision: 10 }))).toBe(true);
});
