/** Two ends of one channel; `port2` is the pipeline's. */
export interface Channel<Port> {
  readonly port1: Port;
  readonly port2: Port;
}

/** Takes the ports of one page: requests first, frames second. */
export type TakePorts<Port> = (requests: Port, frames: Port) => void;

/**
 * Joins pages to the pipeline's process. A page that asks while there is none is answered by the next one: ports that
 * nobody holds would look to it like a market that stands still.
 */
export class PageConnections<Port> {
  readonly #openChannel: () => Channel<Port>;
  readonly #waiting = new Map<number, TakePorts<Port>>();
  #toProcess: TakePorts<Port> | null = null;

  constructor(openChannel: () => Channel<Port>) {
    this.#openChannel = openChannel;
  }

  /** Of several requests of one page that wait, the latest counts. */
  connect(pageId: number, toPage: TakePorts<Port>): void {
    if (this.#toProcess === null) this.#waiting.set(pageId, toPage);
    else this.#join(this.#toProcess, toPage);
  }

  processStarted(toProcess: TakePorts<Port>): void {
    this.#toProcess = toProcess;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const toPage of waiting) this.#join(toProcess, toPage);
  }

  processEnded(): void {
    this.#toProcess = null;
  }

  #join(toProcess: TakePorts<Port>, toPage: TakePorts<Port>): void {
    const requests = this.#openChannel();
    const frames = this.#openChannel();
    toProcess(requests.port2, frames.port2);
    toPage(requests.port1, frames.port1);
  }
}
