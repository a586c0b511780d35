import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PREPARED_DATABASE_FILE } from './prepare-embedded-database.ts';

export const projectRoot = resolve(import.meta.dirname, '..');

const INPUTS = ['src', 'electron', 'package.json', 'electron.vite.config.ts'];
const OUTPUTS = ['out/main/index.mjs', 'out/main/cli.mjs', 'out/preload/index.cjs', 'out/renderer/index.html'];

function newestMs(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), stat.mtimeMs);
}

function isBuildCurrent(): boolean {
  const outputs = OUTPUTS.map((path) => join(projectRoot, path));
  if (!outputs.every((path) => existsSync(path))) return false;
  const builtMs = Math.min(...outputs.map((path) => statSync(path).mtimeMs));
  return INPUTS.every((path) => newestMs(join(projectRoot, path)) <= builtMs);
}

/** Resolves when the program succeeded; rejects with what it printed. */
function run(programArguments: readonly string[]): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, programArguments, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.on('data', (chunk) => (printed += String(chunk)));
    child.stderr.on('data', (chunk) => (printed += String(chunk)));
    child.on('error', failed);
    child.on('exit', (code) => (code === 0 ? done() : failed(new Error(printed))));
  });
}

/** Builds `out/`: the bundles, and beside them the data folder that first starts of the embedded database unpack. */
export async function build(): Promise<void> {
  const bundles = run([join(projectRoot, 'node_modules/electron-vite/bin/electron-vite.js'), 'build']);
  const database = existsSync(PREPARED_DATABASE_FILE)
    ? Promise.resolve()
    : run(['--import', 'tsx', join(projectRoot, 'scripts/prepare-embedded-database.ts')]);
  await Promise.all([bundles, database]);
}

/** Builds when a source is newer than `out/`; exits with what the build printed when that fails. */
export async function ensureBuilt(): Promise<void> {
  if (isBuildCurrent() && existsSync(PREPARED_DATABASE_FILE)) return;
  process.stderr.write('Building TapeDeck, a few seconds the first time.\n');
  try {
    await build();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nTapeDeck could not be built; see above.\n`);
    process.exit(1);
  }
}
