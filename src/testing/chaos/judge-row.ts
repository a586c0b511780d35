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
  row: Pick<Counts, 'recoverySeconds' | 'workedOffTimes' | 'hotLagTimes'>,
  limits: ScenarioLimits,
): readonly string[] {
  const missed: string[] = [];
  const { recoverySeconds: most, workedOffTimes: least, hotLagTimes: atMost } = limits;
  const { recoverySeconds, workedOffTimes, hotLagTimes } = row;
  if (most !== undefined && (recoverySeconds === null || recoverySeconds >= most)) {
    const took = recoverySeconds === null ? 'no recovery was measured' : `a recovery took ${String(recoverySeconds)} s`;
    missed.push(`${took}; less than ${String(most)} s is promised`);
  }
  if (least !== undefined && (workedOffTimes === null || workedOffTimes < least)) {
    const gone = workedOffTimes === null ? 'no lag' : `a lag only ${String(workedOffTimes)} times as fast as it grew`;
    missed.push(`${gone} was worked off; ${String(least)} times is promised`);
  }
  if (atMost !== undefined && (hotLagTimes === null || hotLagTimes > atMost)) {
    const lagged =
      hotLagTimes === null ? 'no lag was measured' : `the others lagged ${String(hotLagTimes)} times as long`;
    missed.push(`${lagged} beside a hot symbol; at most ${String(atMost)} times is promised`);
  }
  return missed;
}
