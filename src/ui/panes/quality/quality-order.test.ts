import { describe, expect, it } from 'vitest';
import { fixtureDay } from '../../../testing/ui-fixture-quality.ts';
import { coveragePercent, worstFirst } from './quality-order.ts';

describe('days of the data quality list', () => {
  it('stand with the worst first: what is lost before what is wrong, and what is wrong before what is thin', () => {
    const days = [
      fixtureDay('GOOD', 0),
      fixtureDay('THIN', 0, { coveredMinutes: 12 }),
      fixtureDay('WRONG', 0, { barsDiffering: 3 }),
      fixtureDay('OPEN', 0, { openGaps: 1 }),
      fixtureDay('LOST', 0, { missingMinutes: 1 }),
      fixtureDay('LATE', 0, { lateTrades: 9 }),
      fixtureDay('GOOD', 1),
    ];
    expect(worstFirst(days).map(({ symbol, day }) => `${symbol} ${day}`)).toEqual([
      'LOST 2026-11-20',
      'OPEN 2026-11-20',
      'WRONG 2026-11-20',
      'THIN 2026-11-20',
      'LATE 2026-11-20',
      'GOOD 2026-11-20',
      'GOOD 2026-11-19',
    ]);
  });

  it('have no coverage before the session has begun', () => {
    expect(coveragePercent(fixtureDay('AAPL', 0, { expectedMinutes: 0, coveredMinutes: 0 }))).toBeNull();
    expect(coveragePercent(fixtureDay('AAPL', 0, { expectedMinutes: 200, coveredMinutes: 50 }))).toBe(25);
  });
});
