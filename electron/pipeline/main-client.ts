import type { MainAnswer, MainRequest, PipelineToMain } from './messages.ts';

/** Asks the main process and matches its answers to the questions. */
export class MainClient {
  readonly #send: (message: PipelineToMain) => void;
  readonly #waiting = new Map<number, (answer: MainAnswer) => void>();
  #lastId = 0;

  constructor(send: (message: PipelineToMain) => void) {
    this.#send = send;
  }

  ask(request: MainRequest): Promise<MainAnswer> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ type: 'request', id, request });
    });
  }

  receive(id: number, answer: MainAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}
