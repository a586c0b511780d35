import { useEffect, useState } from 'react';
import type { BarDifferenceRecord, DayQualityRecord } from '../../../contract/index.ts';
import { describeError } from '../../data/terminal.ts';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { formatPrice } from '../../format/numbers.ts';
import { formatMinute } from '../../format/times.ts';
import styles from './quality.module.css';

const DAY_MS = 86_400_000;
const SHOWN = 60;

/** In which values bars of the feed and candles built here differ on a day. */
export function DayDifferences({ day }: { readonly day: DayQualityRecord }) {
  const terminal = useTerminal();
  const zone = useTerminalState(({ settings }) => settings?.clockZone ?? 'exchange');
  const decimals = useTerminalState(({ instruments }) => instruments[day.symbol]?.priceDecimals ?? 2);
  const [rows, setRows] = useState<readonly BarDifferenceRecord[] | string | null>(null);
  const { symbol, startMs, barsDiffering, barsCompared } = day;
  useEffect(() => {
    let isShown = true;
    const read = async () => {
      try {
        const found = await terminal
          .requests()
          .dayQuality.differences({ symbol, fromMs: startMs, toMs: startMs + DAY_MS });
        if (isShown) setRows(found);
      } catch (error) {
        if (isShown) setRows(describeError(error));
      }
    };
    if (barsDiffering > 0) void read();
    return () => {
      isShown = false;
    };
  }, [terminal, symbol, startMs, barsDiffering]);
  if (barsCompared === 0) return <p className={styles['message']}>No bar of the feed to compare candles with.</p>;
  if (barsDiffering === 0) {
    return <p className={styles['message']}>All {barsCompared} bars of the feed say what was built from trades.</p>;
  }
  if (rows === null) return <p className={styles['message']}>Reading where bars differ…</p>;
  if (typeof rows === 'string') return <p className={styles['message']}>{rows}</p>;
  const text = ({ field }: BarDifferenceRecord, value: number) =>
    formatPrice(value, field === 'volume' && Number.isInteger(value) ? 0 : decimals);
  return (
    <table className={styles['differences']} aria-label="Where bars differ">
      <thead>
        <tr>
          <th scope="col">Minute</th>
          <th scope="col">Value</th>
          <th scope="col">Built here</th>
          <th scope="col">Feed</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, SHOWN).map((row) => (
          <tr key={`${row.openTimeMs} ${row.field}`}>
            <td>{formatMinute(row.openTimeMs, zone)}</td>
            <td>{row.field}</td>
            <td>{text(row, row.builtValue)}</td>
            <td>{text(row, row.feedValue)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
