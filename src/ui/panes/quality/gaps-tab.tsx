import { DownloadCloud } from 'lucide-react';
import { type KeyboardEvent, useCallback, useMemo, useState } from 'react';
import type { GapRecord } from '../../../contract/index.ts';
import { Button, PaneState } from '../../components/controls.tsx';
import { type RecordColumn, RecordTable } from '../../components/record-table.tsx';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { type LoadRecords, useRecords } from '../../data/use-records.ts';
import { MISSING } from '../../format/numbers.ts';
import type { ClockZone } from '../../format/times.ts';
import { backfillHint, backfillText } from './backfill-text.ts';
import { Fact } from './fact.tsx';
import styles from './quality.module.css';
import { RecordsState } from './records-state.tsx';
import { timeColumn } from './time-column.tsx';
import { durationText, timeText } from './time-text.ts';
import { useBackfill } from './use-backfill.ts';

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
  const { backfill } = useBackfill();
  const fetchGap = async (gap: GapRecord) => {
    const queued = await backfill(gap);
    if (queued !== null) records.replace(queued);
  };
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
      {(rows) => {
        const shown = rows.find((row) => keyOf(row) === selected);
        const onKey = (_event: KeyboardEvent, letter: string | null) => {
          if (letter !== 'B' || shown === undefined) return false;
          void fetchGap(shown);
          return true;
        };
        return (
          <>
            <RecordTable
              label="Gaps"
              columns={columns}
              rows={rows}
              keyOf={keyOf}
              isQuiet={({ backfilledMs }) => backfilledMs !== null}
              selected={selected}
              onSelect={setSelected}
              onKey={onKey}
            />
            {shown !== undefined && (
              <section className={styles['inspector']} aria-label="Gap">
                <div className={styles['actions']}>
                  <Button
                    disabled={records.isOffline || shown.backfill.state === 'running'}
                    title="Fetch what is missing from the feed’s history (B)"
                    onClick={() => void fetchGap(shown)}
                  >
                    <DownloadCloud size={13} aria-hidden /> Backfill
                  </Button>
                </div>
                <dl className={styles['facts']}>
                  <Fact name="From" value={timeText(shown.fromMs, zone)} />
                  <Fact name="To" value={timeText(shown.toMs, zone)} />
                  <Fact name="Backfill" value={backfillText(shown, zone)} />
                  <Fact name="Came of it" value={backfillHint(shown)} />
                  <Fact name="Detail" value={shown.detail} />
                </dl>
              </section>
            )}
          </>
        );
      }}
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
      title: 'Backfill',
      track: 'minmax(70px, 170px)',
      cell: (gap) => (
        <span className={styles['backfill']} data-state={gap.backfill.state}>
          {backfillText(gap, zone)}
        </span>
      ),
      hint: (gap) => backfillHint(gap),
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
