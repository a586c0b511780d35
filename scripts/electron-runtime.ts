import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './ensure-built.ts';

const packageFolder = join(projectRoot, 'node_modules/electron');

/** The Electron executable; null where it is not installed. */
export function findElectron(): string | null {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const pathFile = join(packageFolder, 'path.txt');
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : 'electron';
  const executable = override === undefined ? join(packageFolder, 'dist', name) : join(override, name);
  return existsSync(executable) ? executable : null;
}

/** Fetches it, as its package leaves to the first use; null where it can't be had. */
export function downloadElectron(): string | null {
  process.stderr.write('Downloading the Electron runtime, about 100 MB, this once.\n');
  spawnSync(process.execPath, [join(packageFolder, 'install.js')], { stdio: 'ignore', timeout: 300_000 });
  return findElectron();
}

export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY']) || Boolean(process.env['WAYLAND_DISPLAY']);
}

/** Chromium refuses its sandbox to root, and only then is it left out. */
export function sandboxArguments(): readonly string[] {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}
