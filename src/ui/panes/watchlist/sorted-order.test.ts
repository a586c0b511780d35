import { describe, expect, it } from 'vitest';
import { KEYBOARD_HOLD_MS, mayResort, nextSort, RESORT_INTERVAL_MS, sortSymbols } from './sorted-order.ts';

describe('sortSymbols', () => {
  const prices: Record<string, number> = { A: 3, B: Number.NaN, C: 9, D: 3 };
  const symbols = ['A', 'B', 'C', 'D'];
  const byPrice = (isDescending: boolean) =>
    sortSymbols(symbols, { column: 'last', isDescending }, (symbol) => prices[symbol] ?? Number.NaN);

  it('keeps rows without a value last either way, and equal rows in the order of the list', () => {
    expect(byPrice(true)).toEqual(['C', 'A', 'D', 'B']);
    expect(byPrice(false)).toEqual(['A', 'D', 'C', 'B']);
  });

  it('leaves the order of the list alone when nothing is chosen', () => {
    expect(sortSymbols(symbols, null, () => 0)).toBe(symbols);
  });

  it('sorts names A to Z first', () => {
    const choice = { column: 'symbol', isDescending: true };
    expect(sortSymbols(['MSFT', 'AAPL'], choice, (symbol) => symbol)).toEqual(['AAPL', 'MSFT']);
  });

  it('goes from descending to ascending to the list’s own order', () => {
    const first = nextSort(null, 'last');
    const second = nextSort(first, 'last');
    expect(first).toEqual({ column: 'last', isDescending: true });
    expect(second).toEqual({ column: 'last', isDescending: false });
    expect(nextSort(second, 'last')).toBeNull();
  });
});

describe('mayResort', () => {
  const calm = { nowMs: 100_000, lastSortMs: 0, lastKeyMs: 0, isHovered: false };

  it('lets rows move when nobody looks at one closely', () => {
    expect(mayResort(calm)).toBe(true);
  });

  it('holds rows under the pointer, under the keyboard and for a while after a move', () => {
    expect(mayResort({ ...calm, isHovered: true })).toBe(false);
    expect(mayResort({ ...calm, lastKeyMs: calm.nowMs - KEYBOARD_HOLD_MS + 1 })).toBe(false);
    expect(mayResort({ ...calm, lastSortMs: calm.nowMs - RESORT_INTERVAL_MS + 1 })).toBe(false);
  });
});
