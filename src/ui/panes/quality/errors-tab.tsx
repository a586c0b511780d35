import { useCallback, useMemo, useState } from 'react';
import type { ErrorRecord } from '../../../contract/index.ts';
import { PaneState } from '../../components/controls.tsx';
import { type RecordColumn, RecordTable } from '../../components/record-table.tsx';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { type LoadRecords, useRecords } from '../../data/use-records.ts';
import { formatCompact, MISSING } from '../../format/numbers.ts';
import type { ClockZone } from '../../format/times.ts';
import { Fact } from './fact.tsx';
import styles from './quality.module.css';
import { RecordsState } from './records-state.tsx';
import { timeColumn } from './time-column.tsx';
import { timeText } from './time-text.ts';

const MOST_KINDS = 1_000;
const OUTCOME_WORDS: Readonly<Record<NonNullable<ErrorRecord['outcome']>, string>> = {
  retried: 'tried again',
  reconnected: 'reconnecting',
  'dead-letter': 'dead letter',
  skipped: 'gone on without',
  'gave-up': 'gave up',
};

const keyOf = ({ scope, code, message }: ErrorRecord) => JSON.stringify([scope, code, message]);

/** What went wrong, one row a kind, the latest first. */
export function ErrorsTab() {
  const terminal = useTerminal();
  const zone = useTerminalState(({ settings }) => settings?.clockZone ?? 'exchange');
  const [selected, setSelected] = useState<string | null>(null);
  const load = useCallback<LoadRecords<ErrorRecord>>(async (requests) => {
    const rows = await requests.errors.list({ limit: MOST_KINDS });
    return { rows, total: rows.length };
  }, []);
  const records = useRecords(load, keyOf);
  const columns = useMemo(() => columnsIn(zone, () => terminal.hostNow()), [zone, terminal]);
  return (
    <RecordsState
      records={records}
      what="errors"
      empty={
        <PaneState title="Nothing went wrong">
          <p>What fails anywhere in the pipeline is counted here, with what was done about it.</p>
        </PaneState>
      }
    >
      {(rows) => {
        const shown = rows.find((row) => keyOf(row) === selected);
        return (
          <>
            <RecordTable
              label="Errors"
              columns={columns}
              rows={rows}
              keyOf={keyOf}
              selected={selected}
              onSelect={setSelected}
            />
            {shown !== undefined && (
              <section className={styles['inspector']} aria-label="Error">
                <p className={styles['message']}>{shown.message}</p>
                <dl className={styles['facts']}>
                  <Fact name="Where" value={shown.scope} />
                  <Fact name="Code" value={shown.code} />
                  <Fact name="Done about it" value={outcomeText(shown)} />
                  <Fact name="First" value={timeText(shown.firstMs, zone)} />
                  <Fact name="Last" value={timeText(shown.lastMs, zone)} />
                  <Fact name="Times" value={String(shown.count)} />
                </dl>
              </section>
            )}
          </>
        );
      }}
    </RecordsState>
  );
}

function outcomeText({ outcome }: ErrorRecord): string {
  return outcome === null ? MISSING : OUTCOME_WORDS[outcome];
}

function columnsIn(zone: ClockZone, nowMs: () => number): readonly RecordColumn<ErrorRecord>[] {
  return [
    timeColumn({ id: 'last', title: 'Last', timeOf: (row) => row.lastMs }, zone, nowMs),
    { id: 'count', title: 'Times', track: '48px', isNumber: true, cell: (row) => formatCompact(row.count) },
    {
      id: 'scope',
      title: 'Where',
      track: '96px',
      cell: (row) => row.scope,
      hint: (row) => row.scope,
    },
    { id: 'message', title: 'What', track: 'minmax(0, 1fr)', cell: (row) => row.message, hint: (row) => row.message },
    {
      id: 'outcome',
      title: 'Done about it',
      track: '104px',
      fromWidth: 520,
      cell: (row) => <span data-outcome={row.outcome ?? ''}>{outcomeText(row)}</span>,
    },
    timeColumn({ id: 'since', title: 'Since', fromWidth: 760, timeOf: (row) => row.firstMs }, zone, nowMs),
  ];
}
