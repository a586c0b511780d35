import { join } from 'node:path';
import { downloadElectron, findElectron, hasDisplay, sandboxArguments } from './electron-runtime.ts';
import { ensureBuilt, projectRoot } from './ensure-built.ts';
import { runChild, runToEnd } from './run-child.ts';

const ANSWERED_BY_CLI = ['--check-config', '--version', '--help'];

function runCli(...more: readonly string[]): void {
  runChild(process.execPath, [join(projectRoot, 'out/main/cli.mjs'), 'desktop', ...more, ...flags]);
}

async function openWindow(electron: string): Promise<void> {
  const sandbox = sandboxArguments();
  if (sandbox.length > 0) process.stderr.write('Started as root: Chromium runs with --no-sandbox.\n');
  const { exitCode, wasUp, wasStopped } = await runToEnd(electron, [...sandbox, projectRoot, ...flags]);
  if (exitCode === 0 || wasUp || wasStopped) process.exit(exitCode);
  runCli('--instead-of', 'Electron cannot start here, as it says above');
}

const flags = process.argv.slice(2);
await ensureBuilt();
if (flags.some((flag) => ANSWERED_BY_CLI.includes(flag))) {
  runCli();
} else if (!hasDisplay()) {
  runCli('--instead-of', 'There is no display');
} else {
  const electron = findElectron() ?? downloadElectron();
  if (electron === null) runCli('--instead-of', 'The Electron runtime could not be downloaded');
  else await openWindow(electron);
}
