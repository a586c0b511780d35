import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const FILE_NAME = /^(\d{3})-[a-z0-9-]+\.sql$/;

/** Counted apart, because they run on other servers: everywhere, with TimescaleDB, with what its Apache edition lacks. */
export type MigrationKind = 'plain' | 'timescale' | 'timescale-community';

const FOLDERS: Readonly<Record<MigrationKind, string>> = {
  plain: '',
  timescale: 'timescale',
  'timescale-community': join('timescale', 'community'),
};

export interface Migration {
  readonly kind: MigrationKind;
  readonly version: number;
  readonly name: string;
  /** Path below the folder of the migrations. */
  readonly file: string;
  readonly script: string;
  /** Of the statements: comments and white space may change. */
  readonly checksum: string;
}

/** The files of one kind in order of their versions. */
export async function readMigrations(directory: string, kind: MigrationKind): Promise<readonly Migration[]> {
  const folder = FOLDERS[kind];
  const names = (await readdir(join(directory, folder))).filter((name) => FILE_NAME.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const script = await readFile(join(directory, folder, name), 'utf8');
      return {
        kind,
        version: Number(name.slice(0, 3)),
        name: name.slice(4, -'.sql'.length),
        file: join(folder, name),
        script,
        checksum: checksumOf(script),
      };
    }),
  );
}

function checksumOf(script: string): string {
  const statements = script.replaceAll(/^\s*--.*$/gm, '').replaceAll(/\s+/g, ' ');
  return createHash('sha256').update(statements.trim()).digest('hex');
}
