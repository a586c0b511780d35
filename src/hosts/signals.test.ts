import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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

const programArguments = (): string[] => {
  const cli = join(import.meta.dirname, 'cli.ts');
  return ['--import', 'tsx', cli, 'web', '--data-dir', folder, '--port', '0'];
};

async function started(nodeArguments: readonly string[]): Promise<ChildProcess> {
  const host = spawn(process.execPath, nodeArguments, { stdio: ['ignore', 'pipe', 'pipe'] });
  child = host;
  host.stderr.resume();
  await once(host.stdout, 'data');
  return host;
}

const startedHost = (): Promise<ChildProcess> => started(programArguments());

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

test('whose terminal is closed, so that nobody reads what it says either, it drains and frees its folder', async () => {
  const host = await startedHost();
  host.stdout?.destroy();
  host.stderr?.destroy();
  host.kill('SIGHUP');
  expect(await once(host, 'exit')).toEqual([0, null]);
  expect(await readdir(folder)).not.toContain('tapedeck.lock');
}, 120_000);

test('whose starter is killed, it drains and frees its folder by itself', async () => {
  const runChild = JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../scripts/run-child.ts')).href);
  const script = `const { runChild } = await import(${runChild}); runChild(process.execPath, ${JSON.stringify(programArguments())});`;
  const starter = await started(['--import', 'tsx', '--input-type=module', '-e', script]);
  expect(await readdir(folder)).toContain('tapedeck.lock');
  const closed = once(starter, 'close');
  starter.kill('SIGKILL');
  // Its output is open for as long as the program it started lives.
  await closed;
  expect(await readdir(folder)).not.toContain('tapedeck.lock');
}, 120_000);
