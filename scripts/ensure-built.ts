import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const projectRoot = resolve(import.meta.dirname, '..');

const INPUTS = ['src', 'electron', 'resources', 'db', 'package.json', 'electron.vite.config.ts'];
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

/** Builds `out/` when a source is newer than it; exits with the build's output when that fails. */
export function ensureBuilt(): void {
  if (isBuildCurrent()) return;
  const vite = join(projectRoot, 'node_modules/electron-vite/bin/electron-vite.js');
  const build = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  if (build.status === 0) return;
  process.stderr.write(`${build.stdout}${build.stderr}TapeDeck could not be built; see above.\n`);
  process.exit(1);
}
