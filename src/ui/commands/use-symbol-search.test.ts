import { expect, it } from 'vitest';
import type { Instrument } from '../../market/index.ts';
import { searchShown, type SymbolSearch } from './use-symbol-search.ts';

function instrumentOf(symbol: string, name: string): Instrument {
  return { symbol, name, sector: '', industry: '', exchange: '', calendar: 'us-equities', priceDecimals: 2 };
}

const matches = [instrumentOf('AM', 'Antero'), instrumentOf('AMAT', 'Applied'), instrumentOf('AMD', 'Advanced Micro')];
const answer: SymbolSearch = { query: 'AM', matches, isSearching: false, error: null };
const shownFor = (query: string) => searchShown(answer, query, 8).matches.map(({ symbol }) => symbol);

it('shows the answer to what is typed as it came', () => {
  expect(searchShown(answer, 'AM', 8)).toBe(answer);
});

it('keeps of an older answer what fits what is typed by now, best first, and says that it is searching', () => {
  expect(shownFor('AMA')).toEqual(['AMAT']);
  expect(shownFor('A')).toEqual(['AM', 'AMD', 'AMAT']);
  expect(shownFor('micro')).toEqual(['AMD']);
  expect(shownFor('AMZN')).toEqual([]);
  expect(searchShown(answer, 'AMZN', 8).isSearching).toBe(true);
});
