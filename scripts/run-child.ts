import { spawn, type ChildProcess } from 'node:child_process';

const PARENT_CHECK_MS = 500;
/** npm passes on the Ctrl+C that the terminal has sent us already; somebody who asks again takes longer. */
const SAME_SIGNAL_MS = 300;

/**
 * Runs a program in the foreground, passes signals on, and ends with its exit code. The program has a process group of its
 * own: of a signal to the whole of ours it gets one, not two, and Chromium's helpers get none, without which it cannot drain.
 */
export function runChild(command: string, commandArguments: readonly string[], environment = process.env): void {
  const child = spawn(command, commandArguments, {
    // The line breaks when we are killed, which the program takes as a wish to stop.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: environment,
    detached: process.platform !== 'win32',
  });
  let lastMs = Number.NEGATIVE_INFINITY;
  const passOn = (signal: NodeJS.Signals): void => {
    if (performance.now() - lastMs < SAME_SIGNAL_MS) return;
    lastMs = performance.now();
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => passOn(signal));
  if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent(child);
  child.on('error', (error) => {
    process.stderr.write(`${command} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

/** npm hands a SIGTERM to the shell between us, which dies without passing it on: the new parent is all that tells. */
function stopWithParent(child: ChildProcess): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, PARENT_CHECK_MS);
}
