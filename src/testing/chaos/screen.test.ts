import { expect, test } from 'vitest';
import { differentCandlesOf, holdsAll, type ShownCandle } from './screen.ts';

const FIRST: ShownCandle = {
  openTime: '2026-07-13T14:00:00.000Z',
  open: 100,
  high: 102,
  low: 99.5,
  close: 101.25,
  volume: 1234,
  vwap: 100.75,
  tradeCount: 3,
  revision: 3,
};
const SECOND: ShownCandle = { ...FIRST, openTime: '2026-07-13T14:01:00.000Z' };

test('a screen that shows more, or a later revision, holds what is wanted', () => {
  expect(holdsAll([FIRST, SECOND], [FIRST])).toBe(true);
  expect(holdsAll([{ ...FIRST, revision: 4, close: 100 }], [FIRST])).toBe(true);
  expect(holdsAll([], [])).toBe(true);
});

test('one that misses a candle, shows an earlier revision or another value does not', () => {
  expect(holdsAll([SECOND], [FIRST])).toBe(false);
  expect(holdsAll([{ ...FIRST, revision: 2 }], [FIRST])).toBe(false);
  expect(holdsAll([{ ...FIRST, vwap: null }], [FIRST])).toBe(false);
});

test('every candle that only one side has or that differs counts', () => {
  expect(differentCandlesOf([FIRST, SECOND], [FIRST, SECOND])).toBe(0);
  expect(differentCandlesOf([FIRST], [SECOND])).toBe(2);
  expect(differentCandlesOf([{ ...FIRST, close: 101.26 }], [FIRST])).toBe(1);
});
