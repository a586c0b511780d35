import { MessageChannelMain, utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron';
import type { MainToPipeline, PipelineToMain, StartMessage } from '../pipeline/messages.ts';
import { PageConnections, type TakePorts } from './page-connections.ts';

const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
const STABLE_AFTER_MS = 60_000;
const DRAIN_MS = 30_000;

export interface PipelineSupervisorOptions {
  readonly entryPath: string;
  readonly flags: readonly string[];
  /** Asked before every start, so that a restart sees today's settings and secrets. */
  readonly startMessage: () => StartMessage;
  readonly onMessage: (message: PipelineToMain) => void;
  /** The process ended unasked and comes back after `delayMs`. */
  readonly onCrash: (exitCode: number, delayMs: number) => void;
}

/** Keeps the pipeline's utility process running; a crash there never takes a window down. */
export class PipelineSupervisor {
  readonly #options: PipelineSupervisorOptions;
  readonly #pages = new PageConnections<MessagePortMain>(() => new MessageChannelMain());
  #process: UtilityProcess | null = null;
  #restartTimer: NodeJS.Timeout | null = null;
  #restartMs = FIRST_RESTART_MS;
  #isStopping = false;

  constructor(options: PipelineSupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isStopping = false;
    const startedMs = Date.now();
    const child = utilityProcess.fork(this.#options.entryPath, [...this.#options.flags], {
      serviceName: 'TapeDeck pipeline',
      stdio: 'inherit',
    });
    this.#process = child;
    child.on('message', (message: PipelineToMain) => this.#options.onMessage(message));
    child.once('exit', (exitCode) => {
      if (this.#process === child) {
        this.#process = null;
        this.#pages.processEnded();
      }
      if (this.#isStopping) return;
      if (Date.now() - startedMs > STABLE_AFTER_MS) this.#restartMs = FIRST_RESTART_MS;
      this.#options.onCrash(exitCode, this.#restartMs);
      this.#restartTimer = setTimeout(() => this.start(), this.#restartMs);
      this.#restartMs = Math.min(this.#restartMs * 2, LONGEST_RESTART_MS);
    });
    this.send(this.#options.startMessage());
    this.#pages.processStarted((requests, frames) => {
      const message: MainToPipeline = { type: 'connect' };
      child.postMessage(message, [requests, frames]);
    });
  }

  send(message: MainToPipeline): void {
    this.#process?.postMessage(message);
  }

  /** Gives a page its ends of two channels to the pipeline, as soon as there is a process at the others. */
  connect(pageId: number, toPage: TakePorts<MessagePortMain>): void {
    this.#pages.connect(pageId, toPage);
  }

  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  /** Lets the pipeline drain and ends it; after thirty seconds by force. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    const child = this.#process;
    if (child === null) return;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => killHard(child), DRAIN_MS);
      child.once('exit', () => {
        clearTimeout(force);
        resolve();
      });
      this.send({ type: 'stop' });
    });
  }
}

/** Electron's own `kill` asks by SIGTERM, which the pipeline leaves to main. */
function killHard(child: UtilityProcess): void {
  if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
}
