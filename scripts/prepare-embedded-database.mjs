// Makes the prepared data folder of the embedded database, so that no first start has to create one (seconds, 700 MB).
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

const file = resolve(process.argv[2] ?? resolve(import.meta.dirname, '..', 'out', 'embedded-database.tgz'));

if (!existsSync(file)) {
  const database = await PGlite.create();
  const archive = await database.dumpDataDir('gzip');
  await database.close();
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, Buffer.from(await archive.arrayBuffer()));
  renameSync(draft, file);
}
