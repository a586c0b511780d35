import { describe, expect, it } from 'vitest';
import type { Watchlist } from '../../../contract/index.ts';
import { addSymbols, freeName, moveSymbolBefore, nudgeSymbol, removeSymbol } from './watchlist-edit.ts';

const list: Watchlist = { id: '1', name: 'Tech', symbols: ['AAPL', 'MSFT', 'NVDA'] };

describe('watchlist operations', () => {
  it('adds new symbols at the end and leaves known ones where they are', () => {
    expect(addSymbols(list, ['AMD', 'MSFT', 'AMD']).symbols).toEqual(['AAPL', 'MSFT', 'NVDA', 'AMD']);
    expect(addSymbols(list, ['MSFT'])).toBe(list);
  });

  it('puts a removed symbol back in its place', () => {
    expect(addSymbols(removeSymbol(list, 'MSFT'), ['MSFT'], 'NVDA')).toEqual(list);
  });

  it('puts a removed symbol at the end when its neighbour is gone too', () => {
    const left = removeSymbol(removeSymbol(list, 'MSFT'), 'NVDA');
    expect(addSymbols(left, ['MSFT'], 'NVDA').symbols).toEqual(['AAPL', 'MSFT']);
  });

  it('moves a symbol one place and stops at the ends', () => {
    expect(nudgeSymbol(list, 'MSFT', -1).symbols).toEqual(['MSFT', 'AAPL', 'NVDA']);
    expect(nudgeSymbol(list, 'AAPL', -1)).toBe(list);
    expect(nudgeSymbol(list, 'NVDA', 1)).toBe(list);
  });

  it('drops a symbol before another, or last', () => {
    expect(moveSymbolBefore(list, 'NVDA', 'AAPL').symbols).toEqual(['NVDA', 'AAPL', 'MSFT']);
    expect(moveSymbolBefore(list, 'AAPL', null).symbols).toEqual(['MSFT', 'NVDA', 'AAPL']);
    expect(moveSymbolBefore(list, 'AAPL', 'AAPL')).toBe(list);
  });

  it('finds a name that no list has, whatever the case', () => {
    const lists = [list, { ...list, id: '2', name: 'tech 2' }];
    expect(freeName(lists, 'Tech')).toBe('Tech 3');
    expect(freeName(lists, 'Banks')).toBe('Banks');
  });
});
