import { describe, expect, it } from 'vitest';
import { LATENCY_STAGES } from '../../../contract/index.ts';
import { clockText, formatMs, historyLines, lagLevel, presenceText, stageRows, totalLag } from './health-text.ts';

describe('health text', () => {
  it('shows every stage, and says why one has no figures', () => {
    const known = { stage: 'ingest_to_bus', p50: 1, p99: 2, skewMs: 0, history: [1] } as const;
    const rows = stageRows({ basis: 'receipt', stages: [{ ...known, history: [...known.history] }] });
    expect(rows.map(({ stage }) => stage)).toEqual(LATENCY_STAGES);
    expect(rows.find(({ stage }) => stage === 'ingest_to_bus')?.reason).toBe('');
    expect(rows.find(({ stage }) => stage === 'exchange_to_screen')?.reason).toContain('clock of its own');
    expect(rows.find(({ stage }) => stage === 'ingest_to_store')?.reason).toContain('No trade');
  });

  it('keeps the width of times from a tenth of a millisecond to hours', () => {
    expect([0.06, 9.94, 9.96, 412, 9_994, 12_400, 3_600_000].map(formatMs)).toEqual([
      '0.1 ms',
      '9.9 ms',
      '10 ms',
      '412 ms',
      '9994 ms',
      '12  s',
      '60  m',
    ]);
    expect(formatMs(null)).toBe('—');
  });

  it('draws a history as lines with holes where nothing was measured', () => {
    expect(historyLines([1, 2, null, 4, 2], 40, 10)).toEqual(['0.0,7.5 10.0,5.0', '30.0,0.0 40.0,5.0']);
    expect(historyLines([null, null], 40, 10)).toEqual([]);
  });

  it('adds up what partitions are behind, and knows nothing where nobody said', () => {
    expect(
      totalLag({
        partitions: [
          { partition: 0, lag: 3 },
          { partition: 1, lag: null },
        ],
      }),
    ).toBe(3);
    expect(totalLag({ partitions: [{ partition: 1, lag: null }] })).toBeNull();
    expect([null, 0, 1_001, 10_001].map(lagLevel)).toEqual(['unknown', 'none', 'some', 'high']);
  });

  it('says how long a host has been silent and how far its clock is off', () => {
    expect(presenceText({ isSelf: false, presence: 'lost', ageMs: 143_000 })).toBe('silent 2m');
    expect(clockText(12)).toBe('');
    expect(clockText(-412)).toBe('clock −412 ms');
  });
});
