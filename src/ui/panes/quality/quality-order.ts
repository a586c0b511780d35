import type { DayQualityRecord } from '../../../contract/index.ts';

/** Percent of the regular session's minutes that have a candle; null before its first minute is over. */
export function coveragePercent({ expectedMinutes, coveredMinutes }: DayQualityRecord): number | null {
  return expectedMinutes === 0 ? null : (coveredMinutes / expectedMinutes) * 100;
}

/** What a trader would look at first comes first: lost data, then wrong data, then thin data; of equals the latest day. */
export function worstFirst(days: readonly DayQualityRecord[]): readonly DayQualityRecord[] {
  return days.toSorted(
    (a, b) =>
      b.missingMinutes - a.missingMinutes ||
      b.openGaps - a.openGaps ||
      b.barsDiffering - a.barsDiffering ||
      (coveragePercent(a) ?? 100) - (coveragePercent(b) ?? 100) ||
      b.lateTrades + b.duplicates - (a.lateTrades + a.duplicates) ||
      b.startMs - a.startMs ||
      (a.symbol < b.symbol ? -1 : 1),
  );
}
