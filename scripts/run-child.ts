import { spawn, type ChildProcess } from 'node:child_process';
import { IS_UP } from '../src/hosts/starter.ts';

const PARENT_CHECK_MS = 500;
/** npm passes on the Ctrl+C that the terminal has sent us already; somebody who asks again takes longer. */
const SAME_SIGNAL_MS = 300;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ChildEnd {
  readonly exitCode: number;
  /** Whether it came so far as to say itself what is wrong, see `tellStarter`. */
  readonly wasUp: boolean;
  /** Whether it was asked to end. */
  readonly wasStopped: boolean;
}

/** Runs a program as `runToEnd` does and ends with its exit code. */
export function runChild(command: string, commandArguments: readonly string[]): void {
  void runToEnd(command, commandArguments).then(({ exitCode }) => process.exit(exitCode));
}

/**
 * Runs a program in the foreground and passes signals on. The program has a process group of its own: of a signal to the whole
 * of ours it gets one, not two, and Chromium's helpers get none, without which it cannot drain.
 */
export function runToEnd(command: string, commandArguments: readonly string[]): Promise<ChildEnd> {
  const child = spawn(command, commandArguments, {
    // The line breaks when we are killed, which the program takes as a wish to stop.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: process.platform !== 'win32',
  });
  let wasUp = false;
  child.on('message', (message) => (wasUp ||= message === IS_UP));
  let lastMs = Number.NEGATIVE_INFINITY;
  const passOn = (signal: NodeJS.Signals): void => {
    if (performance.now() - lastMs < SAME_SIGNAL_MS) return;
    lastMs = performance.now();
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, passOn);
  const watch = process.env['npm_lifecycle_event'] === undefined ? undefined : stopWithParent(child);
  return new Promise((resolve) => {
    const end = (exitCode: number): void => {
      for (const signal of SIGNALS) process.off(signal, passOn);
      clearInterval(watch);
      resolve({ exitCode, wasUp, wasStopped: child.killed });
    };
    child.once('error', (error) => {
      process.stderr.write(`${command} could not be started: ${error.message}\n`);
      end(1);
    });
    // Not `exit`: what it said last on the line may come after that.
    child.once('close', (code, signal) => end(code ?? (signal === null ? 1 : 128)));
  });
}

/** npm hands a SIGTERM to the shell between us, which dies without passing it on: the new parent is all that tells. */
function stopWithParent(child: ChildProcess): NodeJS.Timeout {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    // One that was asked already would take a second signal for impatience.
    if (!child.killed) child.kill('SIGTERM');
  }, PARENT_CHECK_MS);
  return timer;
}
