import type { MainAnswer, MainRequest, PipelineToMain } from './messages.ts';

/** Asks the main process and matches its answers to the questions. */
export class MainClient {
  readonly #send: (message: PipelineToMain) => void;
  readonly #waiting = new Map<number, (answer: MainAnswer) => void>();
  #lastId = 0;

  constructor(send: (message: PipelineToMain) => void) {
    this.#send = send;
  }

  /** Resolves with main's answer; null once the signal aborts, for main may never answer. */
  ask(request: MainRequest): Promise<MainAnswer>;
  ask(request: MainRequest, signal: AbortSignal): Promise<MainAnswer | null>;
  ask(request: MainRequest, signal?: AbortSignal): Promise<MainAnswer | null> {
    if (signal?.aborted === true) return Promise.resolve(null);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.#waiting.delete(id);
        resolve(null);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.set(id, (answer) => {
        signal?.removeEventListener('abort', giveUp);
        resolve(answer);
      });
      this.#send({ type: 'request', id, request });
    });
  }

  receive(id: number, answer: MainAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}
