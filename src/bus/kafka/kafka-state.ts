import type { Log, TapedeckError } from '../../market/index.ts';
import type { BusState } from '../bus.ts';

/** Sums up how the parts of the bus fare; one that fails makes it disconnected until that part works again. */
export class KafkaState {
  readonly #failing = new Map<string, TapedeckError>();
  readonly #whenFine: string;
  readonly #log: Log;
  readonly #onState: ((state: BusState) => void) | undefined;
  #current: BusState;
  #isClosed = false;

  constructor(whenFine: string, log: Log, onState: ((state: BusState) => void) | undefined) {
    this.#whenFine = whenFine;
    this.#log = log;
    this.#onState = onState;
    this.#current = { isConnected: false, detail: 'connecting' };
  }

  get current(): BusState {
    return this.#current;
  }

  works(part: string): void {
    if (this.#current.isConnected) return;
    this.#failing.delete(part);
    this.#update();
  }

  fails(part: string, error: TapedeckError): void {
    this.#failing.set(part, error);
    this.#update();
  }

  forget(part: string): void {
    if (this.#failing.delete(part)) this.#update();
  }

  /** Tells nobody, now or later: whoever closed it knows. */
  close(): void {
    this.#isClosed = true;
    this.#current = { isConnected: false, detail: 'closed' };
  }

  #update(): void {
    if (this.#isClosed) return;
    const [error] = this.#failing.values();
    if (error === undefined) this.#set({ isConnected: true, detail: this.#whenFine });
    else this.#set({ isConnected: false, detail: error.userMessage });
  }

  #set(state: BusState): void {
    if (state.isConnected === this.#current.isConnected && state.detail === this.#current.detail) return;
    this.#current = state;
    this.#log.info({ isConnected: state.isConnected, detail: state.detail }, 'Kafka connection');
    this.#onState?.(state);
  }
}
