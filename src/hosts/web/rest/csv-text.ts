import type { z } from 'zod';
import { csvLine } from '../../csv.ts';
import type { CsvValue } from '../../csv.ts';
import type { Row } from './resource.ts';

/** Header and rows; the columns are the JSON names, lists are joined by blanks, objects are JSON. */
export function csvText(schema: z.ZodObject, rows: readonly Row[]): string {
  const columns = Object.keys(schema.shape);
  const lines = rows.map((row) => csvLine(columns.map((column) => csvValue(row[column]))));
  return [csvLine(columns), ...lines, ''].join('\n');
}

function csvValue(value: unknown): CsvValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.join(' ') : JSON.stringify(value);
}
