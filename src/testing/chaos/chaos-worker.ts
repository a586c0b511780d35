import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { endProcess } from '../server-process.ts';

export interface ChaosWorkerOptions {
  readonly name: string;
  /** What node is started with. */
  readonly programArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What it says goes to the end of this file. */
  readonly logFile: string;
  /** Told of ends that nobody here brought about, with the exit code. */
  readonly onEnd: (exitCode: number | null) => void;
}

const STOP_PATIENCE_MS = 30_000;
/** A program that ends by itself does so again; one that was killed starts at once. */
const FAILED_PAUSE_MS = 1_000;

/** A process of the built program under a supervisor that starts it again at once when it died. */
export class ChaosWorker {
  readonly #options: ChaosWorkerOptions;
  #child: ChildProcess;
  #isStopping = false;

  constructor(options: ChaosWorkerOptions) {
    this.#options = options;
    this.#child = this.#start();
  }

  /** As `kill -9`. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.#child.kill(signal);
  }

  /** Ends it for good as an administrator would, or with SIGKILL; null when it obeyed, also while still starting. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<string | null> {
    this.#isStopping = true;
    this.#child.kill('SIGCONT');
    await endProcess(this.#child, signal, STOP_PATIENCE_MS);
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 0 || signalCode === signal) return null;
    return exitCode === null ? `only ${String(signalCode)} ended it` : `it ended with exit code ${String(exitCode)}`;
  }

  #start(): ChildProcess {
    const { programArguments, environment, logFile } = this.#options;
    const output = openSync(logFile, 'a');
    // The line breaks when we are killed, which the program takes as a wish to stop.
    const child = spawn(process.execPath, programArguments, {
      stdio: ['ignore', output, output, 'ipc'],
      env: environment,
    });
    closeSync(output);
    child.once('exit', (code) => {
      if (this.#isStopping) return;
      this.#options.onEnd(code);
      if (code === 0) return;
      const startAgain = (): void => {
        if (!this.#isStopping) this.#child = this.#start();
      };
      if (code === null) startAgain();
      else setTimeout(startAgain, FAILED_PAUSE_MS);
    });
    return child;
  }
}
