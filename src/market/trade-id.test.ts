import { describe, expect, it } from 'vitest';
import { fnv1a64, tradeIdOf } from './trade-id.ts';

describe('trade ids', () => {
  it.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ])('hash %j as the published FNV-1a test vector', (text, expected) => {
    expect(fnv1a64(text)).toBe(expected);
  });

  const trade = {
    symbol: 'AAPL',
    timeMs: 1,
    nanosOfMs: 2,
    price: 101.25,
    size: 100,
    exchange: 'V',
    tape: 'C',
    conditions: ['@', 'I'],
    sequence: null,
  };

  it('are the same for the same print', () => {
    expect(tradeIdOf(trade)).toBe(tradeIdOf({ ...trade, conditions: ['@', 'I'] }));
  });

  it.each([
    { symbol: 'MSFT' },
    { timeMs: 2 },
    { nanosOfMs: 3 },
    { price: 101.26 },
    { size: 101 },
    { exchange: 'Q' },
    { tape: 'A' },
    { conditions: ['@'] },
    { sequence: 0 },
  ])('differ when %j differs', (change) => {
    expect(tradeIdOf({ ...trade, ...change })).not.toBe(tradeIdOf(trade));
  });
});
