import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
let child: ChildProcess | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-signals-'));
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function startedHost(): Promise<ChildProcess> {
  const cli = join(import.meta.dirname, 'cli.ts');
  const started = spawn(process.execPath, ['--import', 'tsx', cli, 'web', '--data-dir', folder, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child = started;
  await once(started.stdout, 'data');
  return started;
}

test('asked to stop, a process drains, frees its folder and ends with 0', async () => {
  const host = await startedHost();
  host.kill('SIGTERM');
  expect(await once(host, 'exit')).toEqual([0, null]);
  expect(await readdir(folder)).not.toContain('tapedeck.lock');
}, 120_000);

test('asked a second time, it ends at once', async () => {
  const host = await startedHost();
  host.kill('SIGTERM');
  host.kill('SIGINT');
  expect(await once(host, 'exit')).toEqual([130, null]);
}, 120_000);
