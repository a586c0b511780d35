import type { ClientMessage } from '../contract/index.ts';
import type { Desk, DeskSession } from '../pipeline/pipeline.ts';

/**
 * One screen's market data over restarts of the pipeline. A new desk says nothing until the screen has asked it: the screen may
 * still show another dataset, beside whose prices none of this one may stand, and the status tells it when to ask.
 */
export class FrameRelay {
  readonly #send: (frame: ArrayBuffer) => void;
  readonly #stop: () => void;
  #session: DeskSession | null = null;
  #visibility: ClientMessage | null = null;

  constructor(
    onDesk: (listener: (desk: Desk | null) => void) => () => void,
    /** Takes whole frames; the next comes only after the screen acknowledged the last. */
    send: (frame: ArrayBuffer) => void,
  ) {
    this.#send = send;
    this.#stop = onDesk((desk) => this.#change(desk));
  }

  receive(message: ClientMessage): void {
    if (message.type === 'visibility') this.#visibility = message;
    this.#session?.receive(message);
  }

  close(): void {
    this.#stop();
    this.#session?.close();
    this.#session = null;
  }

  #change(desk: Desk | null): void {
    this.#session?.close();
    this.#session = desk?.openSession(this.#send) ?? null;
    if (this.#visibility !== null) this.#session?.receive(this.#visibility);
  }
}
