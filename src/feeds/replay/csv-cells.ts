import { TapedeckError } from '../../market/index.ts';

const QUOTE = '"';
const SEPARATORS = [',', ';', '\t'];

/** The cells of one line (RFC 4180, but a quoted cell may not run over lines). Throws `bad-message` on an open quote. */
export function csvCells(line: string, separator: string): string[] {
  if (!line.includes(QUOTE)) return line.split(separator);
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] !== QUOTE) {
      const end = line.indexOf(separator, at);
      if (end < 0) return [...cells, line.slice(at)];
      cells.push(line.slice(at, end));
      at = end + 1;
      continue;
    }
    let end = line.indexOf(QUOTE, at + 1);
    while (end >= 0 && line[end + 1] === QUOTE) end = line.indexOf(QUOTE, end + 2);
    if (end < 0) throw new TapedeckError('bad-message', 'a quoted cell is not closed');
    cells.push(line.slice(at + 1, end).replaceAll('""', QUOTE));
    if (end + 1 >= line.length) return cells;
    if (line[end + 1] !== separator) throw new TapedeckError('bad-message', 'text follows a quoted cell');
    at = end + 2;
  }
}

/** The separator that occurs most often in a header. */
export function separatorOf(header: string): string {
  let best = ',';
  for (const separator of SEPARATORS) {
    if (header.split(separator).length > header.split(best).length) best = separator;
  }
  return best;
}
