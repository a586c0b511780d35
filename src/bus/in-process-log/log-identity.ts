import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { TapedeckError } from '../../market/index.ts';
import { diskError } from './disk-error.ts';

export interface LogIdentity {
  readonly clusterId: string;
  readonly partitionCount: number;
}

const FILE_NAME = 'log.json';
const FORMAT_VERSION = 1;

/**
 * Reads who this log is, or makes it somebody. Throws `bad-config` when it was created with another number of partitions,
 * `corrupt` when segments are there without a readable identity: a log is never silently begun anew.
 */
export async function openIdentity(directory: string, partitionCount: number): Promise<LogIdentity> {
  const path = join(directory, FILE_NAME);
  try {
    await mkdir(directory, { recursive: true });
    const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return null;
      throw cause;
    });
    if (text === null) return await createIdentity(directory, path, partitionCount);
    const identity = parseIdentity(text, path);
    if (identity.partitionCount === partitionCount) return identity;
    throw new TapedeckError(
      'bad-config',
      `${directory} has ${identity.partitionCount} partitions, not ${partitionCount}`,
      {
        userMessage: `The message log in ${directory} was created with ${identity.partitionCount} partitions and cannot be opened with ${partitionCount}: keep the number, or move the folder away to begin a new log.`,
      },
    );
  } catch (cause) {
    throw diskError(cause, directory);
  }
}

async function createIdentity(directory: string, path: string, partitionCount: number): Promise<LogIdentity> {
  const others = await readdir(directory);
  if (others.some((name) => /-\d+$/.test(name))) throw corrupt(path, 'it is missing');
  const identity = { clusterId: randomUUID(), partitionCount };
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(`${JSON.stringify({ version: FORMAT_VERSION, ...identity })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  return identity;
}

function parseIdentity(text: string, path: string): LogIdentity {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(path, 'it is not JSON', cause);
  }
  const { version, clusterId, partitionCount } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof version === 'number' && version > FORMAT_VERSION) {
    throw new TapedeckError('unsupported', `${path} has version ${version}`, {
      userMessage: `The message log in ${path} was written by a newer TapeDeck: update the program, or choose another data folder.`,
    });
  }
  if (typeof clusterId !== 'string' || clusterId === '' || typeof partitionCount !== 'number') {
    throw corrupt(path, 'it lacks the id or the number of partitions');
  }
  return { clusterId, partitionCount };
}

function corrupt(path: string, what: string, cause?: unknown): TapedeckError {
  return new TapedeckError('corrupt', `${path}: ${what}`, {
    userMessage: `The message log cannot be opened because of ${path}: ${what}. Restore the file from a backup, or move its folder away to begin a new log.`,
    cause,
  });
}
