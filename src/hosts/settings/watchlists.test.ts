import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvLine, parseCsv } from '../csv.ts';
import { exportWatchlists, importWatchlists } from './watchlist-files.ts';
import { mergeWatchlists, reorderWatchlists, withWatchlist, withoutWatchlist } from './watchlist-operations.ts';

const tech = { id: 't', name: 'Tech', symbols: ['AAPL', 'MSFT'] };
const banks = { id: 'b', name: 'Banks', symbols: ['JPM'] };

describe('watchlists', () => {
  test('a saved list replaces the one of its id in place', () => {
    const renamed = { ...tech, name: 'Big tech' };
    expect(withWatchlist([tech, banks], renamed)).toEqual([renamed, banks]);
  });

  test('two lists cannot share a name', () => {
    expect(() => withWatchlist([tech], { ...banks, name: 'tech ' })).toThrow(/already/);
  });

  test('reorder puts named lists first and loses none', () => {
    expect(reorderWatchlists([tech, banks], ['b'])).toEqual([banks, tech]);
    expect(() => reorderWatchlists([tech], ['x'])).toThrow(/no watchlist/);
    expect(withoutWatchlist([tech, banks], 't')).toEqual([banks]);
  });

  test('an imported list of a known name is merged into it', () => {
    const merged = mergeWatchlists(
      [tech],
      [
        { name: 'TECH', symbols: ['MSFT', 'NVDA'] },
        { name: 'New', symbols: ['X'] },
      ],
      () => 'n',
    );
    expect(merged).toEqual([
      { ...tech, symbols: ['AAPL', 'MSFT', 'NVDA'] },
      { id: 'n', name: 'New', symbols: ['X'] },
    ]);
  });
});

describe('watchlist files', () => {
  test.each(['csv', 'json'] as const)('%s comes back as it went out', (format) => {
    const lists = [{ ...tech, name: '=cmd|"x", y' }, banks];
    const text = exportWatchlists(lists, format);
    expect(importWatchlists(text, format, 'Imported')).toEqual({
      lists: lists.map(({ name, symbols }) => ({ name, symbols })),
      rejected: [],
    });
  });

  test('a cell that a spreadsheet would run is escaped', () => {
    expect(exportWatchlists([{ ...tech, name: '@SUM(A1)', symbols: ['IBM'] }], 'csv')).toContain("'@SUM(A1),IBM");
  });

  test('a bare list of symbols gets the name of the file; what is no ticker is named with its line', () => {
    expect(importWatchlists('aapl\n"not a ticker"\nbrk.b\n', 'csv', 'Mine')).toEqual({
      lists: [{ name: 'Mine', symbols: ['AAPL', 'BRK.B'] }],
      rejected: ['line 2: "not a ticker" is not a ticker'],
    });
    expect(importWatchlists('["MSFT"]', 'json', 'Mine').lists).toEqual([{ name: 'Mine', symbols: ['MSFT'] }]);
    expect(importWatchlists('aapl, msft,?,NVDA\n', 'csv', 'Mine')).toEqual({
      lists: [{ name: 'Mine', symbols: ['AAPL', 'MSFT', 'NVDA'] }],
      rejected: ['line 1: "?" is not a ticker'],
    });
    expect(() => importWatchlists('{', 'json', 'Mine')).toThrow(/not JSON/);
    expect(() => importWatchlists('', 'csv', 'Mine')).toThrow(/no symbols/);
  });

  test('a table of symbols and company names is one list', () => {
    const text = '\uFEFFSymbol,Name,Last\r\nAAPL,"Apple, Inc.",190\r\nibm,IBM,250\r\n';
    expect(importWatchlists(text, 'csv', 'Holdings')).toEqual({
      lists: [{ name: 'Holdings', symbols: ['AAPL', 'IBM'] }],
      rejected: [],
    });
  });

  test('any rows survive CSV', () => {
    const cell = fc.string().filter((text) => !/^'[=+\-@\t\r]/.test(text));
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, (table) => {
        const text = `${table.map((row) => csvLine(row)).join('\n')}\n`;
        expect(parseCsv(text)).toEqual(table);
      }),
    );
  });
});
