import { spawn } from 'node:child_process';

/** Runs a program in the foreground, passes signals on, and ends with its exit code. */
export function runChild(command: string, commandArguments: readonly string[], environment = process.env): void {
  const child = spawn(command, commandArguments, { stdio: 'inherit', env: environment });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${command} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
