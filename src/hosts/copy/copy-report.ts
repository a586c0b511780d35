import type { DatasetName } from '../../market/index.ts';
import type { CopiedTableSummary, CopyProgress } from '../../store/index.ts';

const INTERVAL_MS = 1_000;

/** Writes a line for each day that is done, and one a second meanwhile. */
export function progressPrinter(write: (line: string) => void, now: () => number): (progress: CopyProgress) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return ({ table, day, rows, done, state }) => {
    if (rows === 0 || (state === 'copying' && now() - lastMs < INTERVAL_MS)) return;
    lastMs = now();
    const what = day === null ? table : `${table} ${day}`;
    write(
      state === 'unchanged' ? `${what}: ${rows} rows, already there\n` : `${what}: ${done} of ${rows} rows, ${state}\n`,
    );
  };
}

const COLUMNS = [
  ['table', ({ table }) => table],
  ['days', ({ days }) => (days === 0 ? '' : String(days))],
  ['source', ({ sourceRows }) => String(sourceRows)],
  ['target', ({ targetRows }) => String(targetRows)],
  ['written', ({ written }) => String(written)],
  ['kept', ({ kept }) => String(kept)],
  ['missing', ({ missing }) => String(missing)],
  ['verified', ({ verified }) => verified],
] as const satisfies readonly (readonly [string, (summary: CopiedTableSummary) => string])[];

/** For people; `--json` is for programs. */
export function summaryTable(dataset: DatasetName, summaries: readonly CopiedTableSummary[]): string {
  const rows = [
    COLUMNS.map(([name]): string => name),
    ...summaries.map((summary) => COLUMNS.map(([, show]) => show(summary))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 || column === row.length - 1
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return `Dataset ${dataset}\n${rows.map(line).join('\n')}\n`;
}
