import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PREPARED_DATABASE_FILE, prepareEmbeddedDatabase } from '../../scripts/prepare-embedded-database.ts';
import { silentLog } from '../market/index.ts';
import { describeStore } from '../testing/store-contract.ts';
import type { StoreEngine } from '../testing/store-contract.ts';
import { folderBytes } from './folder-bytes.ts';
import { acquireDataFolderLock, openEmbeddedStore, setAside } from './index.ts';
import type { DataFolderLock } from './index.ts';
import { PgliteDatabase } from './pglite-database.ts';

async function openEmbeddedEngine(): Promise<StoreEngine> {
  await prepareEmbeddedDatabase(PREPARED_DATABASE_FILE);
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-store-'));
  const lock = await acquireDataFolderLock(folder, 0);
  return {
    open: (schema) => openEmbeddedStore({ lock, directory: join(folder, schema), schema, log: silentLog }),
    tamper: async (schema, sql) => {
      const database = await PgliteDatabase.open({
        directory: join(folder, schema),
        schema,
        upkeep: [],
        log: silentLog,
      });
      await database.run(sql);
      await database.close();
    },
    bytesBeside: async (schema) => (await folderBytes(folder)) - (await folderBytes(join(folder, schema))),
    close: async () => {
      await lock.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describeStore('the embedded store', openEmbeddedEngine);

describe('the folder of the embedded store', () => {
  let folder: string;
  let lock: DataFolderLock;

  beforeAll(async () => {
    await prepareEmbeddedDatabase(PREPARED_DATABASE_FILE);
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-folder-'));
    lock = await acquireDataFolderLock(folder, 0);
  });

  afterAll(async () => {
    await lock.release();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (directory: string) => openEmbeddedStore({ lock, directory, schema: 'tapedeck', log: silentLog });

  it('is refused, unchanged, when it holds something else, and can be set aside', async () => {
    const directory = join(folder, 'foreign');
    await mkdir(directory);
    await writeFile(join(directory, 'letter.txt'), 'not a database');
    await expect(open(directory)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(directory),
    });
    expect(await readdir(directory)).toEqual(['letter.txt']);
    const kept = await setAside(directory, Date.UTC(2026, 0, 2));
    expect(await readdir(kept)).toEqual(['letter.txt']);
    await (await open(directory)).close();
  });

  it('is refused as damaged when the engine cannot start on it', async () => {
    const directory = join(folder, 'damaged');
    await (await open(directory)).close();
    await writeFile(join(directory, 'global', 'pg_control'), Buffer.alloc(8192, 7));
    await expect(open(directory)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('is not called damaged when only the thread of the engine could not start', async () => {
    const directory = join(folder, 'intact');
    await (await open(directory)).close();
    process.once('worker', (thread) => void thread.terminate());
    await expect(open(directory)).rejects.toMatchObject({ code: 'internal' });
    await (await open(directory)).close();
  });

  it('is refused when another version of the engine made it', async () => {
    const directory = join(folder, 'older');
    await (await open(directory)).close();
    await writeFile(join(directory, 'PG_VERSION'), '17\n');
    await expect(open(directory)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('must lie inside the locked data folder', async () => {
    await expect(open(join(tmpdir(), 'elsewhere'))).rejects.toThrow(/outside the locked folder/);
  });
});
