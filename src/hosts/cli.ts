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
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  const others = process.listeners(signal);
  // Before the others go: without any listener for a moment, a signal that has come meanwhile would be lost.
  process.on(signal, onSignal);
  // A library of conf sends the signal again after its own cleanup, which would look like an impatient user.
  for (const other of others) process.off(signal, other);
}
onStarterGone(() => stop.abort());

// A reader that went away (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : EXIT_FAILED));

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  workingDir: process.cwd(),
  standardOutput: process.stdout,
  writeError,
  confirm: process.stdin.isTTY ? confirm : null,
  stop: stop.signal,
});
// Whatever still waits (a client library's retry, a slow resolver) must not keep a finished program alive.
process.stdout.write('', () => process.exit());
