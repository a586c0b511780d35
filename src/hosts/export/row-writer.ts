import type { z } from 'zod';
import type { Row } from '../web/rest/resource.ts';
import { csvText } from '../web/rest/csv-text.ts';
import type { ExportFormat } from './export-request.ts';
import { ParquetRows } from './parquet-rows.ts';

/** Where finished bytes go; resolves when there is room for more. */
export type WriteBytes = (bytes: Uint8Array | string) => Promise<void>;

export interface RowWriter {
  write(rows: readonly Row[]): Promise<void>;
  finish(): Promise<void>;
}

export function openRowWriter(format: ExportFormat, row: z.ZodObject, write: WriteBytes): RowWriter {
  if (format === 'ndjson') return ndjsonWriter(write);
  return format === 'csv' ? csvWriter(row, write) : new ParquetRows(row, write);
}

function ndjsonWriter(write: WriteBytes): RowWriter {
  return {
    write: (rows) => write(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    finish: () => Promise.resolve(),
  };
}

/** The header comes once, also when there are no rows. */
function csvWriter(row: z.ZodObject, write: WriteBytes): RowWriter {
  const header = csvText(row, []);
  let isBegun = false;
  const begin = async (): Promise<void> => {
    if (!isBegun) await write(header);
    isBegun = true;
  };
  return {
    write: async (rows) => {
      await begin();
      await write(csvText(row, rows).slice(header.length));
    },
    finish: begin,
  };
}
