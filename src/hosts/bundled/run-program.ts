import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ProgramRun {
  readonly command: string;
  readonly programArguments: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  /** Ends the program, and what it started, when it aborts. */
  readonly signal: AbortSignal;
  /** Given on its standard input, which is closed after it. */
  readonly input?: string;
  readonly onOutput?: (line: string) => void;
  readonly onError?: (line: string) => void;
}

export interface ProgramEnd {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** Empty where `onOutput` takes the lines. */
  readonly output: string;
  /** The last lines of its error output. */
  readonly errors: string;
}

const KEPT_ERROR_LINES = 40;
/** After that long a program that was asked to end is killed. */
const KILL_AFTER_MS = 10_000;

/** Runs a program to its end. Rejects only where it cannot be started. */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  const { command, programArguments, environment, workingDir, signal, input, onOutput, onError } = run;
  if (signal.aborted) return Promise.resolve({ exitCode: null, output: '', errors: '' });
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...programArguments], {
      cwd: workingDir,
      env: { ...environment },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // A group of its own: Ctrl+C reaches it through us, and its plugins end with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    let output = '';
    const errorLines: string[] = [];
    const onOutputLine = onOutput ?? ((line: string) => void (output += `${line}\n`));
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', onOutputLine);
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        errorLines.push(line);
        if (errorLines.length > KEPT_ERROR_LINES) errorLines.shift();
        onError?.(line);
      });
    }
    // A program that never reads its input has ended for another reason, which it says itself.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    let killTimer: NodeJS.Timeout | null = null;
    const end = (): void => {
      sendSignal(child, 'SIGTERM');
      killTimer = setTimeout(() => sendSignal(child, 'SIGKILL'), KILL_AFTER_MS);
    };
    signal.addEventListener('abort', end, { once: true });
    const forget = (): void => {
      signal.removeEventListener('abort', end);
      if (killTimer !== null) clearTimeout(killTimer);
    };
    child.on('error', (error) => {
      forget();
      reject(error);
    });
    child.on('close', (exitCode) => {
      forget();
      resolve({ exitCode, output, errors: errorLines.join('\n') });
    });
  });
}

function sendSignal({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
