import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findElectron } from './electron-runtime.ts';
import { ensureBuilt, projectRoot } from './ensure-built.ts';

await ensureBuilt();
const builder = join(projectRoot, 'node_modules/electron-builder/cli.js');
const runtime: string[] = [];
if (process.env['ELECTRON_OVERRIDE_DIST_PATH'] !== undefined) {
  const electron = findElectron();
  if (electron === null) {
    process.stderr.write('ELECTRON_OVERRIDE_DIST_PATH names a folder without an Electron executable.\n');
    process.exit(2);
  }
  const folder = dirname(electron);
  const version = readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, '');
  process.stderr.write(`Packing Electron ${version} from ELECTRON_OVERRIDE_DIST_PATH.\n`);
  runtime.push(`-c.electronDist=${folder}`, `-c.electronVersion=${version}`);
}
// Not by `runChild`: the builder listens to the line that it would get, and so would never end.
const { status } = spawnSync(process.execPath, [builder, '--publish', 'never', ...runtime, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
