const FORMULA_START = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\n\r]/;

export type CsvValue = string | number | boolean | null;

/** One line without its end. Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers do not. */
export function csvLine(values: readonly CsvValue[]): string {
  return values.map(csvCell).join(',');
}

function csvCell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA_START.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows of cells; quoted cells may hold commas, quotes and line ends. The apostrophe that `csvLine` adds is taken off. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const { cell, next } = text[at] === '"' ? quotedCell(text, at + 1) : plainCell(text, at);
    row.push(/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);
    const end = text[next];
    at = next + 1;
    if (end === ',') {
      if (at >= text.length) row.push('');
      continue;
    }
    if (end === '\r' && text[at] === '\n') at++;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

function plainCell(text: string, start: number): { cell: string; next: number } {
  let next = start;
  while (next < text.length && !',\n\r'.includes(text[next] ?? '')) next++;
  return { cell: text.slice(start, next), next };
}

function quotedCell(text: string, start: number): { cell: string; next: number } {
  let cell = '';
  let at = start;
  while (at < text.length) {
    if (text[at] !== '"') cell += text[at];
    else if (text[at + 1] === '"') cell += text[++at];
    else {
      at++;
      break;
    }
    at++;
  }
  return { cell, next: at };
}
