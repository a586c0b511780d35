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
] as const satisfies readonly (readonly [keyof ChaosRow, number])[];

export function tableHead(): string {
  return COLUMNS.map(([name, width], index) => pad(name, width, index)).join('');
}

export function tableLine(row: ChaosRow): string {
  return COLUMNS.map(([name, width], index) => pad(String(row[name] ?? '—'), width, index)).join('');
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
