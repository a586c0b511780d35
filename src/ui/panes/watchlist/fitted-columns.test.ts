import { describe, expect, it } from 'vitest';
import { fitColumns } from './fitted-columns.ts';
import { COLUMN_LOOKS } from './watchlist-columns.tsx';

const fit = (room: number, change: Partial<Parameters<typeof fitColumns>[0]> = {}) =>
  fitColumns({ room, hidden: [], widths: {}, sortedBy: null, ...change });
const ids = (room: number, change: Partial<Parameters<typeof fitColumns>[0]> = {}) =>
  fit(room, change).map(({ id }) => id);
const total = (columns: ReturnType<typeof fit>) => columns.reduce((sum, { width }) => sum + width, 0);

describe('fitColumns', () => {
  it('shows only whole columns, at every width', () => {
    for (let room = 170; room < 1_200; room += 7) expect(total(fit(room))).toBeLessThanOrEqual(room);
  });

  it('leaves out what matters least, and bid and ask together', () => {
    expect(ids(2_000)).toHaveLength(Object.keys(COLUMN_LOOKS).length);
    expect(ids(680)).not.toContain('name');
    expect(ids(560)).toEqual(['symbol', 'last', 'change', 'percent', 'trend', 'bid', 'ask', 'volume']);
    expect(ids(500)).toEqual(['symbol', 'last', 'change', 'percent', 'trend', 'volume']);
    expect(ids(10)).toEqual(['symbol', 'last']);
  });

  it('gives the room of a hidden column to the next one, and never hides the symbol', () => {
    expect(ids(640, { hidden: ['trend', 'symbol'] })).toEqual([
      'symbol',
      'last',
      'change',
      'percent',
      'bid',
      'ask',
      'volume',
      'low',
      'high',
    ]);
  });

  it('keeps the column that the rows are sorted by', () => {
    expect(ids(400, { sortedBy: 'high' })).toContain('high');
  });

  it('keeps a width set by hand and stretches only the others', () => {
    const columns = fit(620, { widths: { last: 80 } });
    expect(columns.find(({ id }) => id === 'last')?.width).toBe(80);
    expect(columns.find(({ id }) => id === 'bid')?.width).toBeGreaterThan(COLUMN_LOOKS.bid.size);
  });

  it('shows every column at its own width while the room is not known', () => {
    expect(fit(0).every(({ id, width }) => width === COLUMN_LOOKS[id].size)).toBe(true);
  });
});
