import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireDataFolderLock, announceBeside, readBeside, readDataFolderLock } from './data-folder-lock.ts';
import type { LockHolder } from './data-folder-lock.ts';

const STARTED_MS = Date.UTC(2026, 6, 13);

describe('the lock of a data folder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tapedeck-lock-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const file = (): string => join(folder, 'tapedeck.lock');

  /** Leaves a lock as another process would have. */
  async function leaveLock(changes: Partial<LockHolder>): Promise<void> {
    const lock = await acquireDataFolderLock(folder, STARTED_MS);
    const holder = { ...lock.holder, id: 'somebody-else', ...changes };
    await lock.release();
    await writeFile(file(), JSON.stringify(holder));
  }

  async function deadPid(): Promise<number> {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    return child.pid ?? 0;
  }

  it('names the process that holds it, where it listens and what to do', async () => {
    const lock = await acquireDataFolderLock(folder, STARTED_MS);
    await lock.announce('http://127.0.0.1:8484');
    await expect(acquireDataFolderLock(folder, STARTED_MS)).rejects.toMatchObject({
      code: 'locked',
      userMessage: expect.stringMatching(
        new RegExp(`process ${process.pid} .*2026-07-13T.*listening at http://127.0.0.1:8484.*--data-dir`),
      ),
    });
    expect((await readDataFolderLock(folder))?.url).toBe('http://127.0.0.1:8484');
    await lock.release();
    expect(await readDataFolderLock(folder)).toBeNull();
    await (await acquireDataFolderLock(folder, STARTED_MS)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is not needed by those beside its holder, who are found until they are released or dead', async () => {
    const lock = await acquireDataFolderLock(folder, STARTED_MS);
    const urls = ['http://127.0.0.1:1', 'http://127.0.0.1:2'];
    const beside = await Promise.all(urls.map((url) => announceBeside(folder, url, STARTED_MS)));
    const dead = { ...lock.holder, id: 'dead', pid: await deadPid() };
    await writeFile(join(folder, 'tapedeck.beside.dead'), JSON.stringify(dead));
    expect(new Set((await readBeside(folder)).map(({ url }) => url))).toEqual(new Set(urls));
    await lock.release();
    await Promise.all(beside.map((announced) => announced.release()));
    expect(await readBeside(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    expect(await readBeside(join(folder, 'nowhere'))).toEqual([]);
  });

  it('goes to one of many that ask at once', async () => {
    const pid = await deadPid();
    for (let round = 0; round < 10; round++) {
      await leaveLock({ pid });
      const asked = await Promise.allSettled(
        Array.from({ length: 16 }, () => acquireDataFolderLock(folder, STARTED_MS)),
      );
      const held = asked.filter((outcome) => outcome.status === 'fulfilled');
      expect(held).toHaveLength(1);
      await held[0]?.value.release();
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over from a dead process', async () => {
    await leaveLock({ pid: await deadPid() });
    expect(await readDataFolderLock(folder)).toBeNull();
    const lock = await acquireDataFolderLock(folder, STARTED_MS);
    expect(lock.holder.pid).toBe(process.pid);
    await lock.release();
  });

  it.runIf(process.platform === 'linux')('is taken over when its pid belongs to a later process', async () => {
    await leaveLock({ pid: process.pid, processStart: 'another-boot 17' });
    await (await acquireDataFolderLock(folder, STARTED_MS)).release();
  });

  it('is taken over from another machine only once that has fallen silent', async () => {
    await leaveLock({ machine: 'elsewhere' });
    await expect(acquireDataFolderLock(folder, STARTED_MS)).rejects.toMatchObject({ code: 'locked', retryable: true });
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(file(), longAgo, longAgo);
    await (await acquireDataFolderLock(folder, STARTED_MS)).release();
  });

  it('is taken over when its file was never finished', async () => {
    await writeFile(file(), '{"pid":');
    await (await acquireDataFolderLock(folder, STARTED_MS)).release();
  });

  it('is not given back by one that lost it', async () => {
    const lost = await acquireDataFolderLock(folder, STARTED_MS);
    await rm(file());
    const lock = await acquireDataFolderLock(folder, STARTED_MS);
    await lost.release();
    expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({ id: lock.holder.id });
    await lock.release();
  });
});
