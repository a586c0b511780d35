import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { z } from 'zod';
import { parseTimestamp } from '../../market/index.ts';
import type { Row } from '../web/rest/resource.ts';
import type { RowWriter, WriteBytes } from './row-writer.ts';

type ColumnKind = 'text' | 'number' | 'flag' | 'time';

interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
}

const NANOS_PER_MS = 1_000_000n;

/** A Parquet file with one row group a page; times are nanoseconds of UTC, lists and objects JSON text. */
export class ParquetRows implements RowWriter {
  readonly #columns: readonly Column[];
  readonly #write: WriteBytes;
  readonly #bytes = new ByteWriter();
  readonly #parquet: ParquetWriter;

  constructor(row: z.ZodObject, write: WriteBytes) {
    this.#columns = Object.entries(row.shape).map(([name, schema]) => ({ name, kind: kindOf(schema as z.ZodType) }));
    this.#write = write;
    const root: SchemaElement = { name: 'root', num_children: this.#columns.length };
    const schema = [root, ...this.#columns.map(schemaElement)];
    this.#parquet = new ParquetWriter({ writer: this.#bytes, schema, createdBy: 'TapeDeck' });
  }

  async write(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const columnData = this.#columns.map(({ name, kind }) => ({
      name,
      data: rows.map((row) => cellOf(kind, row[name])),
    }));
    await this.#parquet.write({ columnData, rowGroupSize: rows.length });
    await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#parquet.finish();
    await this.#flush();
  }

  /** A copy, for the buffer takes the next page while this one may still be on its way. */
  async #flush(): Promise<void> {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    await this.#write(bytes);
  }
}

interface ColumnSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
}

function kindOf(schema: z.ZodType): ColumnKind {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as ColumnSchema & {
    readonly anyOf?: readonly ColumnSchema[];
  };
  // What may be null is a list of types or a choice between two schemas.
  const { type, format } = json.anyOf?.find((part) => part.type !== 'null') ?? json;
  const types = [type].flat();
  if (format === 'date-time') return 'time';
  if (types.includes('number') || types.includes('integer')) return 'number';
  return types.includes('boolean') ? 'flag' : 'text';
}

function schemaElement({ name, kind }: Column): SchemaElement {
  if (kind === 'number') return { name, type: 'DOUBLE', repetition_type: 'OPTIONAL' };
  if (kind === 'flag') return { name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' };
  if (kind === 'text') return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' };
  const logicalType = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } as const;
  return { name, type: 'INT64', logical_type: logicalType, repetition_type: 'OPTIONAL' };
}

function cellOf(kind: ColumnKind, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (kind === 'time' && typeof value === 'string') {
    const { timeMs, nanosOfMs } = parseTimestamp(value);
    return BigInt(timeMs) * NANOS_PER_MS + BigInt(nanosOfMs);
  }
  if (kind !== 'text' || typeof value === 'string') return value;
  return JSON.stringify(value);
}
