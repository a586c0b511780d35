import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { TapedeckError } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import { folderError } from './folder-error.ts';

/** Major version of the PostgreSQL inside PGlite: it opens no other's files. */
const ENGINE_VERSION = '18';
const TAR_BLOCK = 512;

/**
 * Sees to it that `directory` is an intact-looking data folder of this engine: creates it from the prepared archive (0.3 s),
 * or without one from nothing (seconds). A folder that is there is never written over.
 */
export async function ensureEmbeddedFolder(directory: string, archive: string | null, log: Log): Promise<void> {
  try {
    await mkdir(dirname(directory), { recursive: true });
    const names = await readdir(directory).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    if (names === null || names.length === 0) {
      await createFolder(directory, archive);
      log.info({ directory, prepared: archive !== null }, 'embedded database created');
      return;
    }
    await access(directory, constants.W_OK);
    const probe = join(directory, 'tapedeck-write-probe');
    await writeFile(probe, '');
    await rm(probe);
    await checkFolder(directory, names);
  } catch (error) {
    throw folderError(error, directory);
  }
}

async function checkFolder(directory: string, names: readonly string[]): Promise<void> {
  const needed = ['PG_VERSION', 'base', 'global', 'pg_wal', 'pg_xact'];
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) throw corruptFolder(directory, `${missing.join(', ')} missing`);
  const version = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (version === ENGINE_VERSION) return;
  if (!/^\d+$/.test(version)) throw corruptFolder(directory, 'PG_VERSION unreadable');
  throw new TapedeckError(
    'unsupported',
    `${directory} holds PostgreSQL ${version} files, the engine is ${ENGINE_VERSION}`,
    {
      userMessage: `The database in ${directory} was made by another version of TapeDeck (PostgreSQL ${version} instead of ${ENGINE_VERSION}). Start that version, or move the folder away to begin anew.`,
    },
  );
}

export function corruptFolder(directory: string, reason: string, cause?: unknown): TapedeckError {
  return new TapedeckError('corrupt', `The embedded database in ${directory} is damaged: ${reason}`, {
    cause,
    userMessage: `The embedded database in ${directory} is damaged (${reason}). Nothing was changed. Restore the folder from a backup, or set it aside and begin anew.`,
  });
}

/** Moves a damaged folder out of the way and answers where it is kept, with date and time in its name. */
export async function setAside(directory: string, nowMs: number): Promise<string> {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  const kept = `${directory}.damaged-${stamp}`;
  try {
    await rename(directory, kept);
  } catch (error) {
    throw folderError(error, directory);
  }
  return kept;
}

/** Under another name first: a folder of the right name is always a whole one. */
async function createFolder(directory: string, archive: string | null): Promise<void> {
  const draft = `${directory}.new-${randomUUID()}`;
  try {
    if (archive === null) await initialise(draft);
    else await unpack(await promisify(gunzip)(await readFile(archive)), draft);
    await rm(directory, { recursive: true, force: true });
    await rename(draft, directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Loaded only here: the engine proper works in a thread of its own. */
async function initialise(directory: string): Promise<void> {
  const { PGlite } = await import('@electric-sql/pglite');
  await (await PGlite.create({ dataDir: directory })).close();
}

/** Folders and plain files of a tar archive (POSIX ustar), which is all that a data folder has. */
async function unpack(tar: Uint8Array, directory: string): Promise<void> {
  const decoder = new TextDecoder();
  const made = new Set<string>();
  const makeFolder = async (folder: string): Promise<void> => {
    if (made.has(folder)) return;
    made.add(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
  };
  const field = (at: number, length: number): string => {
    const bytes = tar.subarray(at, at + length);
    const end = bytes.indexOf(0);
    return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
  };
  for (let at = 0; at + TAR_BLOCK <= tar.length && tar[at] !== 0;) {
    const prefix = field(at + 345, 155);
    const name = (prefix === '' ? field(at, 100) : `${prefix}/${field(at, 100)}`).replace(/^\/+/, '');
    const size = Number.parseInt(field(at + 124, 12).trim(), 8);
    const type = field(at + 156, 1);
    if (name.split('/').includes('..')) throw new TapedeckError('corrupt', `The prepared database names ${name}`);
    const path = join(directory, name);
    const start = at + TAR_BLOCK;
    if (type === '5') await makeFolder(path);
    else if (type === '0' || type === '') {
      await makeFolder(dirname(path));
      await writeFile(path, tar.subarray(start, start + size), { mode: 0o600 });
    }
    at = start + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
}
