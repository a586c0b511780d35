import { parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ParquetRows } from './parquet-rows.ts';

const PAGES = 4;
const ROWS = 500;

test('a file is written page by page, so that no table is too large for the memory', async () => {
  const row = z.object({ symbol: z.string(), price: z.number() });
  const written: Uint8Array[] = [];
  const writer = new ParquetRows(row, (bytes) => {
    written.push(bytes as Uint8Array);
    return Promise.resolve();
  });
  const all = Array.from({ length: PAGES * ROWS }, (_, index) => ({ symbol: `S${index}`, price: index / 7 }));
  for (let page = 0; page < PAGES; page++) {
    await writer.write(all.slice(page * ROWS, (page + 1) * ROWS));
    expect(written).toHaveLength(page + 1);
  }
  await writer.finish();
  const { buffer } = Uint8Array.from(written.flatMap((bytes) => [...bytes]));
  expect(await parquetReadObjects({ file: buffer })).toEqual(all);
});
