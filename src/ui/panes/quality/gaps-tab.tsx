import { useCallback, useMemo, useState } from 'react';
import type { GapRecord } from '../../../contract/index.ts';
import { PaneState } from '../../components/controls.tsx';
import { type RecordColumn, RecordTable } from '../../components/record-table.tsx';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { type LoadRecords, useRecords } from '../../data/use-records.ts';
import { MISSING } from '../../format/numbers.ts';
import type { ClockZone } from '../../format/times.ts';
import { RecordsState } from './records-state.tsx';
import { timeColumn } from './time-column.tsx';
import { durationText, timeText } from './time-text.ts';

const MOST_GAPS = 1_000;

const keyOf = ({ id }: GapRecord) => id;

/** What was lost, the latest first. */
export function GapsTab() {
  const terminal = useTerminal();
  const zone = useTerminalState(({ settings }) => settings?.clockZone ?? 'exchange');
  const [selected, setSelected] = useState<string | null>(null);
  const load = useCallback<LoadRecords<GapRecord>>(async (requests) => {
    const rows = await requests.gaps.list({ limit: MOST_GAPS });
    return { rows, total: rows.length };
  }, []);
  const records = useRecords(load, keyOf);
  const columns = useMemo(() => columnsIn(zone, () => terminal.hostNow()), [zone, terminal]);
  return (
    <RecordsState
      records={records}
      what="gaps"
      empty={
        <PaneState title="Nothing was lost">
          <p>A lost connection or a queue that overflowed is noted here until its data was fetched afterwards.</p>
        </PaneState>
      }
    >
      {(rows) => (
        <RecordTable
          label="Gaps"
          columns={columns}
          rows={rows}
          keyOf={keyOf}
          isQuiet={({ backfilledMs }) => backfilledMs !== null}
          selected={selected}
          onSelect={setSelected}
        />
      )}
    </RecordsState>
  );
}

function columnsIn(zone: ClockZone, nowMs: () => number): readonly RecordColumn<GapRecord>[] {
  return [
    timeColumn({ id: 'from', title: 'From', timeOf: (gap) => gap.fromMs }, zone, nowMs),
    {
      id: 'duration',
      title: 'For',
      track: '52px',
      isNumber: true,
      cell: (gap) => durationText(gap.toMs - gap.fromMs),
      hint: (gap) => `until ${timeText(gap.toMs, zone)}`,
    },
    { id: 'symbol', title: 'Symbol', track: '64px', cell: (gap) => gap.symbol ?? 'all' },
    { id: 'reason', title: 'Reason', track: 'minmax(80px, 110px)', cell: (gap) => gap.reason },
    {
      id: 'lost',
      title: 'Lost',
      track: '56px',
      isNumber: true,
      fromWidth: 520,
      cell: (gap) => gap.lostCount ?? MISSING,
      hint: (gap) => (gap.lostCount === null ? 'Nobody could count what was lost' : ''),
    },
    {
      id: 'state',
      title: 'State',
      track: 'minmax(70px, 150px)',
      cell: (gap) => (gap.backfilledMs === null ? 'open' : `filled ${timeText(gap.backfilledMs, zone)}`),
      hint: (gap) => (gap.backfilledMs === null ? 'Not filled yet' : `Filled ${timeText(gap.backfilledMs, zone)}`),
    },
    {
      id: 'detail',
      title: 'Detail',
      track: 'minmax(0, 1fr)',
      fromWidth: 620,
      cell: (gap) => gap.detail,
      hint: (gap) => gap.detail,
    },
  ];
}
