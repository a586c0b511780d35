import { describe, expect, it } from 'vitest';
import { type MarketEvent, TapedeckError } from '../../market/index.ts';
import { tradeOf } from '../../testing/store-rows.ts';
import type { FailureReport } from '../error-reporter.ts';
import type { PipelineOptions } from '../pipeline.ts';
import type { RoleContext } from '../role-context.ts';
import { Recording } from './recording.ts';

const FULL = new TapedeckError('disk-full', 'no space', { userMessage: 'The disk is full. The recording stopped.' });
const EVENTS: readonly MarketEvent[] = [tradeOf(1), tradeOf(2), tradeOf(3)];

describe('a recording', () => {
  it('ends with one error when the disk is full, and holds up nobody', async () => {
    const { recording, reports, notices, lines } = bench(2);
    await Promise.all([recording.write(EVENTS), recording.write(EVENTS)]);
    await recording.write(EVENTS);
    await recording.close();
    expect(lines).toHaveLength(2);
    expect(reports).toMatchObject([{ error: FULL, outcome: 'gave-up' }]);
    expect(notices).toEqual([FULL.userMessage]);
  });

  it('tells of a file that cannot be closed', async () => {
    const { recording, reports } = bench(0);
    await recording.close();
    expect(reports).toMatchObject([{ error: FULL }]);
  });

  it('holds every event where there is room', async () => {
    const { recording, reports, lines } = bench(10);
    await recording.write(EVENTS);
    await recording.close();
    expect(lines).toHaveLength(EVENTS.length);
    expect(reports).toEqual([]);
  });
});

/** A file that has room for so many lines. */
function bench(room: number) {
  const lines: string[] = [];
  const reports: FailureReport[] = [];
  const notices: string[] = [];
  const check = async (): Promise<void> => {
    if (lines.length >= room) throw FULL;
  };
  const recorder = {
    write: async (line: string) => {
      await check();
      lines.push(line);
    },
    close: check,
  };
  const recording = new Recording({
    options: { recorder } as unknown as PipelineOptions,
    errors: { report: (report: FailureReport) => void reports.push(report) } as unknown as RoleContext['errors'],
    notify: ({ text }) => void notices.push(text),
  });
  return { recording, reports, notices, lines };
}
