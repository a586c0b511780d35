import { createInterface } from 'node:readline/promises';
import { boundHeap } from './bound-heap.ts';
import { onStarterGone } from './starter.ts';
import { EXIT_FAILED, runCommand } from './run-command.ts';

/** Interrupted twice: as shells report a process that died by SIGINT. */
const EXIT_INTERRUPTED = 130;

const writeError = (line: string): void => {
  process.stderr.write(line);
};

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

boundHeap();
const stop = new AbortController();
const onSignal = (): void => {
  if (stop.signal.aborted) process.exit(EXIT_INTERRUPTED);
  stop.abort();
};
// A terminal that is closed says nothing about patience.
const onHangup = (): void => stop.abort();
for (const [signal, listener] of [
  ['SIGTERM', onSignal],
  ['SIGINT', onSignal],
  ['SIGHUP', onHangup],
] as const) {
  const others = process.listeners(signal);
  // Before the others go: without any listener for a moment, a signal that has come meanwhile would be lost.
  process.on(signal, listener);
  // A library of conf sends the signal again after its own cleanup, which would look like an impatient user.
  for (const other of others) process.off(signal, other);
}
onStarterGone(() => stop.abort());

let isServing = false;
// A reader that went away (`| head`) is no failure of ours, and no reason for a host to end undrained.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!isServing) process.exit(error.code === 'EPIPE' ? 0 : EXIT_FAILED);
});
// Ctrl+C ends the `tee` that we write to before us, and nobody then hears what is said.
process.stderr.on('error', () => undefined);

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  workingDir: process.cwd(),
  standardOutput: process.stdout,
  writeError,
  confirm: process.stdin.isTTY ? confirm : null,
  stop: stop.signal,
  onServing: () => {
    isServing = true;
  },
});
// Whatever still waits (a client library's retry, a slow resolver) must not keep a finished program alive.
process.stdout.write('', () => process.exit());
