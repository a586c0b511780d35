import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

export const PREPARED_DATABASE_FILE = resolve(import.meta.dirname, '..', 'out', 'embedded-database.tgz');

/** Makes the data folder that first starts of the embedded database are unpacked from: creating one takes seconds and 700 MB. */
export async function prepareEmbeddedDatabase(file: string): Promise<void> {
  if (existsSync(file)) return;
  const database = await PGlite.create();
  const archive = await database.dumpDataDir('gzip');
  await database.close();
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, Buffer.from(await archive.arrayBuffer()));
  renameSync(draft, file);
}

if (process.argv[1] === import.meta.filename) await prepareEmbeddedDatabase(PREPARED_DATABASE_FILE);
