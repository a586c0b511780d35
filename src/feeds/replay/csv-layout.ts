import { isSymbol, TapedeckError } from '../../market/index.ts';
import { csvCells, separatorOf } from './csv-cells.ts';

const ROLES = ['symbol', 'date', 'time', 'open', 'high', 'low', 'close', 'volume'] as const;
type Role = (typeof ROLES)[number];

const SYNONYMS: Readonly<Record<string, Role>> = {
  symbol: 'symbol',
  ticker: 'symbol',
  date: 'date',
  day: 'date',
  time: 'time',
  datetime: 'time',
  timestamp: 'time',
  opentime: 'time',
  open: 'open',
  high: 'high',
  low: 'low',
  close: 'close',
  last: 'close',
  volume: 'volume',
  vol: 'volume',
};

/** Which cell holds what; -1 where there is none. */
export interface CsvLayout {
  readonly separator: string;
  readonly cellOf: Readonly<Record<Role, number>>;
  /** False when `columns` describe a file that begins with data. */
  readonly hasHeader: boolean;
}

/**
 * Finds the columns by the names in the first line, or takes them from `columns` (the names in the order of the cells; any
 * other name skips a cell). Throws `bad-config` when time, open, high, low or close is missing.
 */
export function csvLayoutOf(firstLine: string, columns: string | null, file: string): CsvLayout {
  const separator = separatorOf(firstLine);
  const header = csvCells(firstLine, separator).map(roleOf);
  const roles = columns === null ? header : columns.split(',').map(roleOf);
  const cellOf = Object.fromEntries(ROLES.map((role) => [role, roles.indexOf(role)])) as Record<Role, number>;
  const missing = (['open', 'high', 'low', 'close'] as const).filter((role) => cellOf[role] < 0) as string[];
  if (cellOf.time < 0 && cellOf.date < 0) missing.unshift('time');
  if (missing.length > 0) {
    const source = columns === null ? `the first line of ${file}` : `--columns ${JSON.stringify(columns)}`;
    throw new TapedeckError(
      'bad-config',
      `${source} names no column for ${missing.join(', ')}; expected for example --columns symbol,time,open,high,low,close,volume`,
    );
  }
  return { separator, cellOf, hasHeader: header.filter((role) => role !== null).length >= 4 };
}

function roleOf(name: string): Role | null {
  return SYNONYMS[name.toLowerCase().replace(/[^a-z]/g, '')] ?? null;
}

/** `SP500_NOV2019_IDay.csv` is about SP500; null when the name does not begin with a ticker. */
export function symbolOfFileName(file: string): string | null {
  const base = file.split(/[\\/]/).pop() ?? '';
  const word = base.split(/[_ .]/)[0]?.toUpperCase() ?? '';
  return isSymbol(word) ? word : null;
}
