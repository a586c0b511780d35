import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TapedeckError } from '../market/index.ts';
import { folderError } from './folder-error.ts';

const FILE_NAME = 'tapedeck.lock';
const BESIDE_NAME = 'tapedeck.beside.';
const BEAT_MS = 5_000;
/** Whether a process of another machine (or container) lives can only be told from its beat. */
const SILENT_MS = 20_000;
const ATTEMPTS = 20;
const RETRY_PAUSE_MS = 50;
const ABANDONED_MS = 10_000;

/** The running program, as its lock file describes it. */
export interface LockHolder {
  /** Distinguishes this holding of the lock from every other. */
  readonly id: string;
  readonly pid: number;
  /** When the process started, in the words of the operating system; empty where it doesn't say. */
  readonly processStart: string;
  /** Host name, and on Linux the process namespace, within which a pid means something. */
  readonly machine: string;
  readonly startedMs: number;
  /** Where the running instance listens; null until it does. */
  readonly url: string | null;
}

export interface DataFolderLock {
  readonly directory: string;
  readonly holder: LockHolder;
  /** Publishes where this instance listens, for commands that find the folder in use. */
  announce(url: string | null): Promise<void>;
  release(): Promise<void>;
}

/**
 * Makes this process the only one on a data folder (created if missing). A lock left by a dead process is taken over. Rejects
 * with `locked`, naming the other process; with `read-only` or `disk-full` when the folder cannot be written.
 */
export async function acquireDataFolderLock(directory: string, nowMs: number): Promise<DataFolderLock> {
  const file = join(directory, FILE_NAME);
  const holder = await thisProcess(nowMs, null);
  try {
    await mkdir(directory, { recursive: true });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await createExclusively(file, holder)) return new HeldLock(directory, file, holder);
      const found = await readHolder(file);
      // Unreadable to the end: whoever began to write it died in between.
      const isWritten = found !== 'unreadable' || attempt === ATTEMPTS - 1;
      if (found !== null && isWritten) {
        if (found !== 'unreadable' && (await isAlive(file, found))) throw lockedError(directory, file, found);
        if (await takeOver(file, found, holder)) return new HeldLock(directory, file, holder);
      }
      await pause(RETRY_PAUSE_MS);
    }
  } catch (error) {
    throw folderError(error, directory);
  }
  throw new TapedeckError('locked', `Data folder ${directory} is being taken over by another process`, {
    retryable: true,
    userMessage: `Another TapeDeck is just starting on the data folder ${directory}. Use that one, or start this one with another --data-dir.`,
  });
}

/** Who runs on a data folder now; null when nobody does. */
export async function readDataFolderLock(directory: string): Promise<LockHolder | null> {
  const file = join(directory, FILE_NAME);
  const found = await readHolder(file);
  return found !== null && found !== 'unreadable' && (await isAlive(file, found)) ? found : null;
}

/** Tells commands of a program that uses a data folder (created if missing) without holding it, as several may, until released. */
export async function announceBeside(
  directory: string,
  url: string,
  nowMs: number,
): Promise<Pick<DataFolderLock, 'release'>> {
  const holder = await thisProcess(nowMs, url);
  const file = join(directory, BESIDE_NAME + holder.id);
  try {
    await mkdir(directory, { recursive: true });
    await replaceFile(file, holder);
  } catch (error) {
    throw folderError(error, directory);
  }
  return new HeldLock(directory, file, holder);
}

/** Those that announced themselves and live. What dead ones left is removed. */
export async function readBeside(directory: string): Promise<readonly LockHolder[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return [];
    throw folderError(error, directory);
  });
  const living: LockHolder[] = [];
  for (const name of names) {
    const file = join(directory, name);
    const found = name.startsWith(BESIDE_NAME) ? await readHolder(file) : null;
    // Begun under a name of its own, so it is whole once it has this one.
    if (found === null || found === 'unreadable' || name !== BESIDE_NAME + found.id) continue;
    if (await isAlive(file, found)) living.push(found);
    else await rm(file, { force: true });
  }
  return living;
}

class HeldLock implements DataFolderLock {
  readonly directory: string;
  readonly #file: string;
  readonly #beat: NodeJS.Timeout;
  #holder: LockHolder;

  constructor(directory: string, file: string, holder: LockHolder) {
    this.directory = directory;
    this.#file = file;
    this.#holder = holder;
    this.#beat = setInterval(() => void this.#touch(), BEAT_MS);
    this.#beat.unref();
  }

  get holder(): LockHolder {
    return this.#holder;
  }

  async announce(url: string | null): Promise<void> {
    this.#holder = { ...this.#holder, url };
    await replaceFile(this.#file, this.#holder);
  }

  async release(): Promise<void> {
    clearInterval(this.#beat);
    const found = await readHolder(this.#file);
    if (found !== null && found !== 'unreadable' && found.id === this.#holder.id) await rm(this.#file, { force: true });
  }

  /** A beat missed on a full disk is made up by the next. */
  async #touch(): Promise<void> {
    const now = new Date();
    await utimes(this.#file, now, now).catch(() => undefined);
  }
}

async function createExclusively(file: string, holder: LockHolder): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<LockHolder | null | 'unreadable'> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<LockHolder>;
    const isWhole = typeof value.id === 'string' && typeof value.pid === 'number' && typeof value.machine === 'string';
    return isWhole ? (value as LockHolder) : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

async function isAlive(file: string, holder: LockHolder): Promise<boolean> {
  if (holder.machine !== (await thisMachine())) {
    const beatMs = await stat(file).then(
      (stats) => stats.mtimeMs,
      () => 0,
    );
    return Date.now() - beatMs < SILENT_MS;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return isCode(error, 'EPERM') && (await isSameProcess(holder));
  }
  return isSameProcess(holder);
}

/** The pid may have been given to another process since. */
async function isSameProcess(holder: LockHolder): Promise<boolean> {
  const start = await processStart(holder.pid);
  return start === '' || holder.processStart === '' || start === holder.processStart;
}

/**
 * Puts `holder` in the place of a dead one. One process at a time may, the one that has made the claim file: between seeing
 * that the holder is dead and replacing it nobody else can have taken the lock.
 */
async function takeOver(file: string, dead: LockHolder | 'unreadable', holder: LockHolder): Promise<boolean> {
  const claim = `${file}.claim`;
  if (!(await createExclusively(claim, holder))) {
    await removeAbandoned(claim);
    return false;
  }
  try {
    const found = await readHolder(file);
    if (found === null || idOf(found) !== idOf(dead)) return false;
    await replaceFile(file, holder);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

function idOf(holder: LockHolder | 'unreadable'): string {
  return holder === 'unreadable' ? '' : holder.id;
}

/** Its maker died within the few milliseconds that a claim lasts. */
async function removeAbandoned(claim: string): Promise<void> {
  const madeMs = await stat(claim).then(
    (stats) => stats.mtimeMs,
    () => Infinity,
  );
  if (Date.now() - madeMs > ABANDONED_MS) await rm(claim, { force: true });
}

async function replaceFile(file: string, holder: LockHolder): Promise<void> {
  const draft = `${file}.${holder.id}`;
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
  await rename(draft, file);
}

async function thisProcess(startedMs: number, url: string | null): Promise<LockHolder> {
  const { pid } = process;
  return {
    id: randomUUID(),
    pid,
    processStart: await processStart(pid),
    machine: await thisMachine(),
    startedMs,
    url,
  };
}

async function thisMachine(): Promise<string> {
  const namespace = process.platform === 'linux' ? await readlink('/proc/self/ns/pid').catch(() => '') : '';
  return `${hostname()} ${namespace}`.trim();
}

/** Empty when there is no such process, or no way to know. */
async function processStart(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // Field 22, counted after the command name, which may hold spaces and brackets (proc(5)).
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
    const ticks = line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? '' : `${boot.trim()} ${ticks}`;
  }
  if (process.platform === 'win32') return '';
  return promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}

function lockedError(directory: string, file: string, holder: LockHolder): TapedeckError {
  const where = holder.url === null ? '' : `, listening at ${holder.url}`;
  const who = `process ${holder.pid} on ${holder.machine.split(' ')[0]}, started ${new Date(holder.startedMs).toISOString()}${where}`;
  return new TapedeckError('locked', `Data folder ${directory} is in use by ${who} (lock file ${file})`, {
    retryable: true,
    userMessage: `The data folder ${directory} is in use by another TapeDeck: ${who}. Use that one, stop it, or start this one with another --data-dir.`,
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
