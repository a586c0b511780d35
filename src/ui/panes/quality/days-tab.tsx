import { DownloadCloud, LineChart } from 'lucide-react';
import { type KeyboardEvent, useMemo, useState } from 'react';
import type { DayQualityRecord } from '../../../contract/index.ts';
import { Button, PaneState } from '../../components/controls.tsx';
import { type RecordColumn, RecordTable } from '../../components/record-table.tsx';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { useRecords } from '../../data/use-records.ts';
import { formatCompact, MISSING } from '../../format/numbers.ts';
import { useShell } from '../../layout/workspace-context.tsx';
import { DayDifferences } from './day-differences.tsx';
import styles from './quality.module.css';
import { daysLoader } from './days-loader.ts';
import { coveragePercent } from './quality-order.ts';
import { RecordsState } from './records-state.tsx';
import { useBackfill } from './use-backfill.ts';

const DAY_MS = 86_400_000;

const keyOf = ({ day, symbol }: DayQualityRecord) => `${day} ${symbol}`;

/** Each watched symbol on each of the last trading days, the worst first. */
export function DaysTab() {
  const terminal = useTerminal();
  const shell = useShell();
  const { backfillRange } = useBackfill();
  const watched = useTerminalState(({ watchlists }) =>
    watchlists === null ? null : [...new Set(watchlists.flatMap(({ symbols }) => symbols))].sort().join(' '),
  );
  const [selected, setSelected] = useState<string | null>(null);
  const load = useMemo(() => daysLoader(terminal, watched), [terminal, watched]);
  const records = useRecords(load, keyOf);
  const columns = useMemo(() => columnsOf(), []);
  const showChart = ({ symbol, openMs }: DayQualityRecord) => {
    shell.show('GP', symbol, '1m');
    terminal.showChartTime(symbol, openMs);
  };
  const fetchDay = ({ symbol, startMs }: DayQualityRecord) => {
    void backfillRange({ symbol, fromMs: startMs, toMs: Math.min(startMs + DAY_MS, terminal.marketNow()) });
  };
  return (
    <RecordsState
      records={records}
      what="days"
      empty={
        <PaneState title="Nothing stored yet">
          <p>Each watched symbol has a row for each trading day, once it has a candle.</p>
        </PaneState>
      }
    >
      {(rows) => {
        const shown = rows.find((row) => keyOf(row) === selected);
        const onKey = (_event: KeyboardEvent, letter: string | null) => {
          if (letter !== 'B' || shown === undefined) return false;
          fetchDay(shown);
          return true;
        };
        return (
          <>
            <RecordTable
              label="Quality by symbol and day"
              columns={columns}
              rows={rows}
              keyOf={keyOf}
              selected={selected}
              onSelect={setSelected}
              onOpen={showChart}
              onKey={onKey}
            />
            {shown !== undefined && (
              <section className={styles['inspector']} aria-label="Day">
                <div className={styles['actions']}>
                  <Button onClick={() => showChart(shown)} title="Chart of that day (Enter)">
                    <LineChart size={13} aria-hidden /> Chart
                  </Button>
                  <Button onClick={() => fetchDay(shown)} title="Fetch the day from the feed’s history (B)">
                    <DownloadCloud size={13} aria-hidden /> Backfill the day
                  </Button>
                </div>
                <DayDifferences key={keyOf(shown)} day={shown} />
              </section>
            )}
          </>
        );
      }}
    </RecordsState>
  );
}

function columnsOf(): readonly RecordColumn<DayQualityRecord>[] {
  const count = (
    id: string,
    title: string,
    value: (row: DayQualityRecord) => number,
    hint: string,
    options: { readonly fromWidth?: number; readonly mark?: 'bad' | 'warn' } = {},
  ): RecordColumn<DayQualityRecord> => ({
    id,
    title,
    track: '62px',
    isNumber: true,
    ...(options.fromWidth === undefined ? {} : { fromWidth: options.fromWidth }),
    cell: (row) => (
      <span data-mark={value(row) > 0 ? (options.mark ?? '') : 'none'} className={styles['amount']}>
        {value(row) === 0 ? '·' : formatCompact(value(row))}
      </span>
    ),
    hint: (row) => `${value(row)} ${hint}`,
  });
  return [
    { id: 'symbol', title: 'Symbol', track: '66px', cell: ({ symbol }) => symbol },
    { id: 'day', title: 'Day', track: '78px', cell: ({ day }) => day },
    {
      id: 'coverage',
      title: 'Covered',
      track: 'minmax(64px, 110px)',
      isNumber: true,
      cell: (row) => <Coverage row={row} />,
      hint: ({ coveredMinutes, expectedMinutes }) =>
        `${coveredMinutes} of ${expectedMinutes} minutes of the session have a candle; one without a trade has none`,
    },
    count(
      'missing',
      'Missing',
      (row) => row.missingMinutes,
      'minutes were traded, or may have been, and have no candle',
      {
        mark: 'bad',
      },
    ),
    count('gaps', 'Gaps', (row) => row.openGaps, 'gaps of the day are open', { mark: 'bad' }),
    count('backfilled', 'Filled', (row) => row.backfilledMinutes, 'minutes come from the feed’s history alone', {
      fromWidth: 560,
    }),
    count('differing', 'Differ', (row) => row.barsDiffering, 'bars of the feed differ from the candle built here', {
      mark: 'warn',
    }),
    count('compared', 'Compared', (row) => row.barsCompared, 'bars of the feed were compared', { fromWidth: 940 }),
    count('late', 'Late', (row) => row.lateTrades, 'prints came after their minute had closed', { fromWidth: 630 }),
    count('duplicates', 'Repeats', (row) => row.duplicates, 'prints came again and were dropped', { fromWidth: 700 }),
    count('revised', 'Revised', (row) => row.revisedCandles, 'closed 1m candles changed', { fromWidth: 780 }),
    count('trades', 'Prints', (row) => row.trades, 'prints are in the candles built here', { fromWidth: 860 }),
  ];
}

function Coverage({ row }: { readonly row: DayQualityRecord }) {
  const percent = coveragePercent(row);
  if (percent === null) return MISSING;
  // 99.97 % must not read as whole.
  const text = percent === 100 ? '100 %' : `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
  return (
    <span className={styles['coverage']}>
      <i aria-hidden>
        <i style={{ width: `${percent}%` }} />
      </i>
      {text}
    </span>
  );
}
