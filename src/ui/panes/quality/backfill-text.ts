import type { GapRecord } from '../../../contract/index.ts';
import type { ClockZone } from '../../format/times.ts';
import { timeText } from './time-text.ts';

/** How far the repair of a gap is, in a few words. */
export function backfillText({ backfill, backfilledMs }: GapRecord, zone: ClockZone): string {
  const { state, symbolsDone, symbolsTotal, bars, attempts, nextAttemptMs } = backfill;
  switch (state) {
    case 'running':
      return symbolsTotal > 1 ? `running ${symbolsDone}/${symbolsTotal}` : 'running';
    case 'done':
      return backfilledMs === null ? 'filled' : `${bars === 0 ? 'closed' : 'filled'} ${timeText(backfilledMs, zone)}`;
    case 'open':
    case 'queued':
      if (nextAttemptMs === null) return state;
      return `${attempts === 0 ? 'from' : 'again'} ${timeText(nextAttemptMs, zone)}`;
    default:
      return state;
  }
}

/** The same with everything that is known about it. */
export function backfillHint({ backfill }: GapRecord): string {
  const { note, bars, attempts } = backfill;
  const fetched = bars === 1 ? '1 minute fetched' : `${bars} minutes fetched`;
  const tried = attempts === 0 ? '' : `, ${attempts} without success`;
  return [note, `${fetched}${tried}`].filter((part) => part !== '').join(' · ');
}
