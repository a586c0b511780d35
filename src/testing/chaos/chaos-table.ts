/** One scenario's numbers, as `--json` has them. */
export interface ChaosRow {
  readonly scenario: string;
  /** Processes or servers killed or paused, connections cut, and so on: how often something bad was done. */
  readonly kills: number;
  /** Distinct prints, corrections and cancels of the feed. */
  readonly published: number;
  readonly stored: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly candlesDifferent: number;
  readonly deadLetters: number;
  /** The longest time from a disturbance until the stored positions moved again; null where none was measured. */
  readonly recoverySeconds: number | null;
  /** How many times faster than it had gathered a lag was worked off; null where none gathered. */
  readonly workedOffTimes: number | null;
  /** The other symbols' p99 lag beside a hot one, in times of a flat day's; null where no symbol was hot. */
  readonly hotLagTimes: number | null;
  /** Promised figures that were not reached, a sentence each; in a short run they are no problem. */
  readonly missedLimits: readonly string[];
  /** Everything that is off, a sentence each; empty when all promises held. */
  readonly problems: readonly string[];
}

const COLUMNS = [
  ['scenario', 16],
  ['kills', 7],
  ['published', 11],
  ['stored', 8],
  ['lost', 6],
  ['duplicated', 12],
  ['candlesDifferent', 18],
  ['deadLetters', 13],
  ['recoverySeconds', 17],
] as const satisfies readonly (readonly [Exclude<keyof ChaosRow, 'missedLimits' | 'problems'>, number])[];

/** Of a scenario that broke off: nobody has found anything of the feed, so all of it counts as lost. */
export function brokenOffRow(scenario: string, published: number, reason: string): ChaosRow {
  return {
    scenario,
    kills: 0,
    published,
    stored: 0,
    lost: published,
    duplicated: 0,
    candlesDifferent: 0,
    deadLetters: 0,
    recoverySeconds: null,
    workedOffTimes: null,
    hotLagTimes: null,
    missedLimits: [],
    problems: [`it broke off: ${reason}`],
  };
}

export function tableHead(): string {
  return COLUMNS.map(([name, width], index) => pad(name, width, index)).join('');
}

export function tableLine(row: ChaosRow): string {
  return COLUMNS.map(([name, width], index) => pad(String(row[name] ?? '—'), width, index)).join('');
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
