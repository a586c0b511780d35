import { describe, expect, it } from 'vitest';
import { type Gap, silentLog, TapedeckError } from '../market/index.ts';
import type { FailureReport } from './error-reporter.ts';
import { GapWriter } from './gap-writer.ts';
import type { RoleContext } from './role-context.ts';

const START_MS = Date.UTC(2026, 10, 20, 15);

const gapOf = (index: number, changes: Partial<Gap> = {}): Gap => ({
  id: `gap-${String(index)}`,
  symbol: 'AAPL',
  reason: 'overflow',
  fromMs: START_MS + index * 1_000,
  toMs: START_MS + index * 1_000 + 500,
  lostCount: 1,
  detail: '',
  backfilledMs: null,
  ...changes,
});

/** A store that refuses what `refuses` says. */
function bench(refuses: (gap: Gap) => boolean) {
  const stored: Gap[] = [];
  const reports: FailureReport[] = [];
  let accept = refuses;
  let onStored: () => void = () => undefined;
  const saveGap = (gap: Gap): Promise<void> => {
    if (accept(gap)) return Promise.reject(new TapedeckError('bad-input', 'refused'));
    stored.push(gap);
    return Promise.resolve();
  };
  const errors = { report: (report: FailureReport) => reports.push(report), record: () => undefined };
  const context = { options: { store: { saveGap } }, errors, log: silentLog } as unknown as RoleContext;
  const writer = new GapWriter(context, 'test', () => onStored());
  const storedOnce = (): Promise<void> => new Promise((resolve) => (onStored = resolve));
  return { writer, stored, reports, storedOnce, mend: () => (accept = () => false) };
}

describe('rows of the gap ledger', () => {
  it('are kept where the store refuses one, without holding up the others, and stored when it takes them', async () => {
    const { writer, stored, storedOnce, mend } = bench(({ id }) => id === 'gap-0');
    const first = storedOnce();
    writer.save(gapOf(0));
    writer.save(gapOf(1));
    await first;
    expect(stored.map(({ id }) => id)).toEqual(['gap-1']);
    const second = storedOnce();
    mend();
    await second;
    expect(stored.map(({ id }) => id)).toEqual(['gap-1', 'gap-0']);
    await writer.close();
    expect(stored).toHaveLength(2);
  });

  it('are written as they stand last', async () => {
    const { writer, stored, storedOnce, mend } = bench(() => true);
    writer.save(gapOf(0));
    writer.save(gapOf(0, { toMs: START_MS + 9_000 }));
    const done = storedOnce();
    mend();
    await done;
    await writer.close();
    expect(stored.map(({ toMs }) => toMs)).toEqual([START_MS + 9_000]);
  });

  it('become one that spans both where a thousand wait: nothing is forgotten, and memory is bounded', async () => {
    const { writer, stored, mend } = bench(() => true);
    for (let index = 0; index < 1_003; index++) writer.save(gapOf(index, index === 1 ? { symbol: 'MSFT' } : {}));
    mend();
    await writer.close();
    expect(stored).toHaveLength(1_000);
    expect(stored[0]).toMatchObject({ symbol: null, fromMs: START_MS, toMs: START_MS + 3_500, lostCount: 4 });
    expect(stored.reduce((sum, { lostCount }) => sum + (lostCount ?? 0), 0)).toBe(1_003);
  });

  it('are tried once more at the end, and said to be lost where that fails too', async () => {
    const { writer, stored, reports } = bench(() => true);
    writer.save(gapOf(0));
    await writer.close();
    expect(stored).toEqual([]);
    expect(reports.at(-1)).toMatchObject({ outcome: 'gave-up', fields: { id: 'gap-0' } });
  });
});
