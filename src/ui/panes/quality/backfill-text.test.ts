import { expect, test } from 'vitest';
import type { GapRecord } from '../../../contract/index.ts';
import { backfillText } from './backfill-text.ts';

const NEXT_MS = Date.UTC(2026, 10, 20, 15, 30);

function gap(backfill: Partial<GapRecord['backfill']>): GapRecord {
  const untouched = { state: 'open', attempts: 0, nextAttemptMs: null, bars: 0, symbolsDone: 0, symbolsTotal: 0 };
  return { backfilledMs: null, backfill: { ...untouched, ...backfill } } as GapRecord;
}

test('says from when on a gap can be filled, and when it is tried again', () => {
  expect(backfillText(gap({}), 'utc')).toBe('open');
  expect(backfillText(gap({ nextAttemptMs: NEXT_MS }), 'utc')).toMatch(/^from .*15:30/);
  expect(backfillText(gap({ nextAttemptMs: NEXT_MS, attempts: 2 }), 'utc')).toMatch(/^again .*15:30/);
});
