import type { DayQualityRecord } from '../../../contract/index.ts';
import type { Terminal } from '../../data/terminal.ts';
import type { LoadRecords, RecordPage } from '../../data/use-records.ts';
import { worstFirst } from './quality-order.ts';

/** A long weekend still has a trading day in it. */
const SHOWN_MS = 5 * 86_400_000;
/** Counted from candles each time; a minute adds one to each symbol. */
const REREAD_AFTER_MS = 60_000;

/** Reads the last trading days of these symbols, separated by blanks; what was read lately is answered again. */
export function daysLoader(terminal: Terminal, watched: string | null): LoadRecords<DayQualityRecord> {
  const symbols = watched === null ? null : watched.split(' ').filter((symbol) => symbol !== '');
  let last: { readonly page: RecordPage<DayQualityRecord>; readonly readMs: number } | null = null;
  return async (requests) => {
    const nowMs = terminal.hostNow();
    if (last !== null && nowMs - last.readMs < REREAD_AFTER_MS) return last.page;
    const toMs = terminal.marketNow();
    const days = await requests.dayQuality.list({ symbols, fromMs: toMs - SHOWN_MS, toMs });
    last = { page: { rows: worstFirst(days), total: days.length }, readMs: nowMs };
    return last.page;
  };
}
