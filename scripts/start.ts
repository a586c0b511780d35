import { join } from 'node:path';
import { findElectron, hasDisplay, sandboxArguments } from './electron-runtime.ts';
import { ensureBuilt, projectRoot } from './ensure-built.ts';
import { runChild } from './run-child.ts';

const ANSWERED_BY_CLI = ['--check-config', '--version', '--help'];

function serveInstead(reason: string): void {
  process.stderr.write(`${reason}; serving the same window in your browser instead.\n`);
  runChild(process.execPath, [join(projectRoot, 'out/main/cli.mjs'), 'web', ...flags]);
}

const flags = process.argv.slice(2);
await ensureBuilt();
if (flags.some((flag) => ANSWERED_BY_CLI.includes(flag))) {
  runChild(process.execPath, [join(projectRoot, 'out/main/cli.mjs'), 'desktop', ...flags]);
} else if (!hasDisplay()) {
  serveInstead('There is no display');
} else {
  const electron = findElectron({ mayDownload: true });
  if (electron === null) {
    serveInstead('The Electron runtime could not be downloaded');
  } else {
    const sandbox = sandboxArguments();
    if (sandbox.length > 0) process.stderr.write('Started as root: Chromium runs with --no-sandbox.\n');
    runChild(electron, [...sandbox, projectRoot, ...flags]);
  }
}
