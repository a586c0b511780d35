import type { ConnectToHost, HostConnection } from '../transports/host-connection.ts';

export type ConnectionState =
  | { readonly phase: 'connecting'; readonly attempt: number }
  /** `epoch` grows with every connection and every pipeline behind it: what was loaded in an earlier one is loaded again. */
  | { readonly phase: 'open'; readonly epoch: number }
  | { readonly phase: 'lost'; readonly reason: string; readonly attempt: number; readonly retryAtMs: number };

const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 10_000;

/** Doubles from 0.4 s to 10 s, spread by up to a quarter so that many windows don't return at once. */
export function retryDelayMs(attempt: number, random: number): number {
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, attempt - 1));
  return delayMs * (1 + random / 4);
}

export interface HostSessionOptions {
  readonly connect: ConnectToHost;
  readonly now: () => number;
  readonly random: () => number;
  /** Told of every phase but `open`, which begins when a fresh connection has said what it shows. */
  readonly onState: (state: Exclude<ConnectionState, { readonly phase: 'open' }>) => void;
  /** Called with every fresh connection. */
  readonly onOpen: (connection: HostConnection) => void;
}

/** Keeps one connection to the host alive until closed. */
export class HostSession {
  private readonly options: HostSessionOptions;
  private readonly abort = new AbortController();
  private wake: (() => void) | null = null;

  constructor(options: HostSessionOptions) {
    this.options = options;
  }

  /** Runs until `close`. */
  async run(): Promise<void> {
    const { signal } = this.abort;
    let attempt = 0;
    while (!signal.aborted) {
      if (attempt === 0) this.options.onState({ phase: 'connecting', attempt });
      let reason: string;
      try {
        const connection = await this.options.connect(signal);
        attempt = 0;
        this.options.onOpen(connection);
        reason = await connection.closed;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      if (signal.aborted) return;
      attempt++;
      const delayMs = retryDelayMs(attempt, this.options.random());
      this.options.onState({ phase: 'lost', reason, attempt, retryAtMs: this.options.now() + delayMs });
      await this.pause(delayMs);
    }
  }

  /** Ends the wait before the next attempt. */
  retryNow(): void {
    this.wake?.();
  }

  close(): void {
    this.abort.abort();
    this.wake?.();
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), delayMs);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
    });
  }
}
