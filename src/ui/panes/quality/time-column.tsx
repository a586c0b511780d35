import type { RecordColumn } from '../../components/record-table.tsx';
import type { ClockZone } from '../../format/times.ts';
import { shortTimeText, timeText } from './time-text.ts';

interface TimeColumn<T> {
  readonly id: string;
  readonly title: string;
  readonly fromWidth?: number;
  readonly timeOf: (row: T) => number;
}

export function timeColumn<T>(column: TimeColumn<T>, zone: ClockZone, nowMs: () => number): RecordColumn<T> {
  const { timeOf, ...rest } = column;
  return {
    ...rest,
    track: '86px',
    cell: (row) => shortTimeText(timeOf(row), nowMs(), zone),
    hint: (row) => timeText(timeOf(row), zone),
  };
}
