import { RotateCw } from 'lucide-react';
import { type KeyboardEvent, useCallback, useDeferredValue, useMemo, useState } from 'react';
import type { DeadLetterRecord } from '../../../contract/index.ts';
import { Button, PaneState } from '../../components/controls.tsx';
import { type RecordColumn, RecordTable } from '../../components/record-table.tsx';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { type LoadRecords, useRecords } from '../../data/use-records.ts';
import { formatCompact, MISSING } from '../../format/numbers.ts';
import type { ClockZone } from '../../format/times.ts';
import { criteriaOf, type LetterChoice, OPEN_LETTERS } from './dead-letter-filter.ts';
import { LetterFilters } from './letter-filters.tsx';
import { LetterInspector } from './letter-inspector.tsx';
import styles from './quality.module.css';
import { RecordsState } from './records-state.tsx';
import { timeColumn } from './time-column.tsx';
import { useLetterActions } from './use-letter-actions.ts';

const PAGE_ROWS = 200;

const keyOf = ({ id }: DeadLetterRecord) => String(id);

/** Messages that could not be used, newest first: inspect, retry, discard. */
export function DeadLettersTab() {
  const terminal = useTerminal();
  const zone = useTerminalState(({ settings }) => settings?.clockZone ?? 'exchange');
  const [choice, setChoice] = useState<LetterChoice>(OPEN_LETTERS);
  const [selected, setSelected] = useState<string | null>(null);
  const [isInspecting, setInspecting] = useState(false);
  const asked = useDeferredValue(choice);
  const load = useCallback<LoadRecords<DeadLetterRecord>>(
    async (requests, after) => {
      const { letters, total } = await requests.deadLetters.list({
        filter: criteriaOf(asked, terminal.hostNow()),
        after: after === null ? null : { timeMs: after.timeMs, id: after.id },
        limit: PAGE_ROWS,
      });
      return { rows: letters, total };
    },
    [asked, terminal],
  );
  const records = useRecords(load, keyOf);
  const actions = useLetterActions(records);
  const columns = useMemo(() => columnsIn(zone, () => terminal.hostNow()), [zone, terminal]);
  const current = records.page?.rows.find((row) => keyOf(row) === selected);
  /** What is shown as settled is not what would be retried. */
  const showsOpen = choice.state === 'open' || choice.state === 'all';
  const retryAll = () => {
    if (showsOpen && !actions.isRetryingAll) void actions.retryAll(criteriaOf(choice, terminal.hostNow()));
  };
  const onKey = (event: KeyboardEvent, letter: string | null): boolean => {
    if (letter === 'R' && event.shiftKey) retryAll();
    else if (letter === 'R' && current !== undefined) void actions.retry(current);
    else if (letter === 'D' && !event.shiftKey && current !== undefined) void actions.discard(current);
    else if (event.key === 'Escape' && isInspecting) setInspecting(false);
    else return false;
    return true;
  };
  const isFiltered = choice !== OPEN_LETTERS;
  return (
    <>
      <LetterFilters choice={choice} onChange={setChoice}>
        <span className={styles['count']} role="status">
          {records.page === null ? MISSING : formatCompact(records.page.total)}
        </span>
        <Button
          disabled={!showsOpen || actions.isRetryingAll || records.isOffline || (records.page?.total ?? 0) === 0}
          title="Retry all open ones of this filter (Shift+R)"
          onClick={retryAll}
        >
          <RotateCw size={11} aria-hidden /> {actions.isRetryingAll ? 'Retrying…' : 'Retry all'}
        </Button>
      </LetterFilters>
      <RecordsState
        records={records}
        what="dead letters"
        empty={
          isFiltered ? (
            <PaneState title="No dead letter is like that">
              <Button onClick={() => setChoice(OPEN_LETTERS)}>Show the open ones</Button>
            </PaneState>
          ) : (
            <PaneState title="No open dead letters">
              <p>A message that cannot be used is kept here with the reason, to be retried or discarded.</p>
            </PaneState>
          )
        }
      >
        {(rows) => (
          <>
            <RecordTable
              label="Dead letters"
              columns={columns}
              rows={rows}
              keyOf={keyOf}
              isQuiet={({ state }) => state !== 'open'}
              selected={selected}
              onSelect={setSelected}
              onOpen={(row) => {
                setSelected(keyOf(row));
                setInspecting(true);
              }}
              onKey={onKey}
              onEnd={records.loadMore}
            />
            {isInspecting && current !== undefined && (
              <LetterInspector
                letter={current}
                onRetry={(letter) => void actions.retry(letter)}
                onDiscard={(letter) => void actions.discard(letter)}
                onClose={() => setInspecting(false)}
              />
            )}
          </>
        )}
      </RecordsState>
    </>
  );
}

function columnsIn(zone: ClockZone, nowMs: () => number): readonly RecordColumn<DeadLetterRecord>[] {
  return [
    timeColumn({ id: 'time', title: 'Time', timeOf: (row) => row.timeMs }, zone, nowMs),
    {
      id: 'from',
      title: 'From',
      track: 'minmax(56px, 1fr)',
      fromWidth: 340,
      cell: (row) => placeText(row),
      hint: (row) => placeText(row),
    },
    { id: 'reason', title: 'Reason', track: 'minmax(0, 3fr)', cell: (row) => row.reason, hint: (row) => row.reason },
    { id: 'payload', title: 'Payload', track: 'minmax(0, 2fr)', fromWidth: 700, cell: (row) => row.payload },
    {
      id: 'state',
      title: 'State',
      track: '62px',
      fromWidth: 420,
      cell: (row) => (row.state === 'open' && row.retries > 0 ? `open ×${row.retries}` : row.state),
      hint: (row) => row.outcome ?? 'Not retried yet',
    },
  ];
}

/** `trades 3:48012`, `day.ndjson:17`, `stream`. */
function placeText({ origin, topic, partition, position }: DeadLetterRecord): string {
  if (topic === '') return position === null ? origin : `${origin}:${position}`;
  return partition === null ? topic : `${topic} ${partition}:${position ?? MISSING}`;
}
