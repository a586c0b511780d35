import type { ChaosRow } from './chaos-table.ts';
import type { ScenarioLimits } from './scenario.ts';

type Counts = Omit<ChaosRow, 'missedLimits' | 'problems'>;

/** Every count that is not what it must be, a sentence each. */
export function offNumbers(row: Counts, malformedCount: number): readonly string[] {
  const off: string[] = [];
  if (row.stored !== row.published) off.push(`${String(row.stored)} stored, ${String(row.published)} published`);
  for (const name of ['lost', 'duplicated', 'candlesDifferent'] as const) {
    if (row[name] !== 0) off.push(`${name} is ${String(row[name])}`);
  }
  if (row.deadLetters !== malformedCount) {
    off.push(`${String(row.deadLetters)} dead letters of ${String(malformedCount)} malformed messages`);
  }
  return off;
}

/** Every figure that is not as fast as promised, a sentence each; one that was not measured is none. */
export function missedLimits(
  row: Pick<Counts, 'recoverySeconds' | 'workedOffTimes'>,
  limits: ScenarioLimits,
): readonly string[] {
  const { recoverySeconds = null, workedOffTimes = null } = limits;
  const missed: string[] = [];
  if (recoverySeconds !== null && !((row.recoverySeconds ?? Infinity) < recoverySeconds)) {
    missed.push(
      `the slowest recovery took ${measured(row.recoverySeconds)} s, not less than ${String(recoverySeconds)} s`,
    );
  }
  if (workedOffTimes !== null && !((row.workedOffTimes ?? 0) >= workedOffTimes)) {
    missed.push(
      `the lag was worked off ${measured(row.workedOffTimes)} times as fast as it grew, not ${String(workedOffTimes)} times`,
    );
  }
  return missed;
}

const measured = (value: number | null): string => (value === null ? 'an unknown number of' : String(value));
