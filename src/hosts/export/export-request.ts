import { resolve } from 'node:path';
import { TapedeckError, formatTimestamp } from '../../market/index.ts';
import { DEFAULT_RANGE_MS } from '../web/rest/day-quality.ts';
import { timeParameter } from '../web/rest/query-parameters.ts';

export const EXPORT_FLAGS = ['table', 'symbol', 'interval', 'from', 'to', 'format', 'out', 'limit', 'name'] as const;

/** Every list of the HTTP interface, by its path with `-` for `/`. */
export const EXPORT_TABLES = [
  'candles',
  'trades',
  'quotes',
  'indicators',
  'alerts',
  'alert-rules',
  'watchlists',
  'symbols',
  'companies',
  'calendar',
  'gaps',
  'data-quality',
  'data-quality-differences',
  'errors',
  'dead-letters',
] as const;
export type ExportTable = (typeof EXPORT_TABLES)[number];

const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportRequest {
  readonly table: ExportTable;
  readonly format: ExportFormat;
  /** Absolute path; null for standard output. */
  readonly outFile: string | null;
  /** Query parameters of the REST resource of the same name. */
  readonly query: Readonly<Record<string, string>>;
  readonly maxRows: number | null;
}

/** These are written whole unless `--from` tells; the others have no time, or a range of their own where none is given. */
const TABLES_FROM_THE_BEGINNING: readonly ExportTable[] = [
  'candles',
  'trades',
  'indicators',
  'alerts',
  'gaps',
  'errors',
  'dead-letters',
];
const BEGINNING = '1970-01-01T00:00:00Z';

/** Throws `bad-config` for what is wrong; the values themselves are checked by the resource that answers. */
export function readExportRequest(
  flags: Readonly<Record<string, string>>,
  workingDir: string,
  nowMs: number,
): ExportRequest {
  const table = choice('table', (flags['table'] ?? 'candles').replaceAll('_', '-'), EXPORT_TABLES);
  const format = choice('format', flags['format'] ?? formatOf(flags['out']), EXPORT_FORMATS);
  const query: Record<string, string> = {};
  for (const name of ['symbol', 'interval', 'from', 'to', 'name'] as const) {
    const value = flags[name];
    if (value !== undefined) query[name] = value;
  }
  if (TABLES_FROM_THE_BEGINNING.includes(table)) query['from'] ??= BEGINNING;
  // Without a beginning the list is one page, its latest.
  if (table === 'data-quality-differences') query['from'] ??= formatTimestamp(endOf(query, nowMs) - DEFAULT_RANGE_MS);
  return {
    table,
    format,
    outFile: flags['out'] === undefined ? null : resolve(workingDir, flags['out']),
    query,
    maxRows: flags['limit'] === undefined ? null : wholeNumber(flags['limit']),
  };
}

function endOf({ to }: Readonly<Record<string, string>>, nowMs: number): number {
  return timeParameter.optional().safeParse(to).data ?? nowMs;
}

function formatOf(out: string | undefined): string {
  const ending = /\.(csv|ndjson|jsonl|parquet)$/i.exec(out ?? '')?.[1]?.toLowerCase() ?? 'csv';
  return ending === 'jsonl' ? 'ndjson' : ending;
}

function choice<T extends string>(name: string, given: string, choices: readonly T[]): T {
  const found = choices.find((candidate) => candidate === given);
  if (found !== undefined) return found;
  throw new TapedeckError('bad-config', `--${name}: ${JSON.stringify(given)} must be one of ${choices.join(', ')}`);
}

function wholeNumber(given: string): number {
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new TapedeckError('bad-config', `--limit: ${JSON.stringify(given)} must be a whole number above 0`);
}
