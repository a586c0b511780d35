import { spawn, type ChildProcess } from 'node:child_process';

const PARENT_CHECK_MS = 500;

/** Runs a program in the foreground, passes signals on, and ends with its exit code. */
export function runChild(command: string, commandArguments: readonly string[], environment = process.env): void {
  const child = spawn(command, commandArguments, {
    // The line breaks when we are killed, which the program takes as a wish to stop.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: environment,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
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
