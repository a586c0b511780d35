import { TapedeckError } from '../market/index.ts';
import type { DatasetName } from '../market/index.ts';
import type { QueryStore, Store } from '../store/store.ts';

const IDLE_MS = 30_000;

export interface DatasetReaderOptions {
  /** The dataset being run; null where what is read here is not what runs. */
  current(): DatasetName | null;
  /** Its store; throws a retryable error while the pipeline is not up. */
  currentStore(): QueryStore;
  /** Every dataset that there is. */
  list(): Promise<readonly DatasetName[]>;
  open(dataset: DatasetName): Promise<Store>;
}

export type Reading<T> = (store: QueryStore, signal: AbortSignal) => Promise<T>;

/**
 * Reads the dataset being run, and others for whoever asks for them by name: one of those is open at a time, and only while
 * it is asked for, because an embedded database takes its memory.
 */
export class DatasetReader {
  readonly #options: DatasetReaderOptions;
  #other: { readonly dataset: DatasetName; readonly store: Store } | null = null;
  #idle: NodeJS.Timeout | undefined;
  #released = new AbortController();
  /** Reads of other datasets follow one another, so that none is closed under a reader. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: DatasetReaderOptions) {
    this.#options = options;
  }

  /** Throws `not-found` for a dataset that is not there. Work that takes long heeds the signal: others wait for the database. */
  read<T>(dataset: DatasetName | undefined, work: Reading<T>): Promise<T> {
    const isCurrent = (): boolean => dataset === undefined || dataset === this.#options.current();
    if (isCurrent()) return this.#readCurrent(work);
    // Taken now: who is released while it stands in line shall end as soon as its turn comes.
    const { signal } = this.#released;
    return this.#enqueue(async () => {
      if (dataset === undefined || isCurrent()) return this.#readCurrent(work);
      clearTimeout(this.#idle);
      try {
        return await work(await this.#storeOf(dataset), signal);
      } finally {
        this.#idle = setTimeout(() => void this.#closeSoon(), IDLE_MS);
        this.#idle.unref();
      }
    });
  }

  /**
   * Ends the work that heeds its signal and closes what is open besides the dataset being run: nobody else may open a dataset
   * before. Never rejects.
   */
  release(): Promise<void> {
    this.#released.abort();
    this.#released = new AbortController();
    return this.#closeSoon();
  }

  #closeSoon(): Promise<void> {
    return this.#enqueue(() => this.#closeOther()).catch(() => undefined);
  }

  async #readCurrent<T>(work: Reading<T>): Promise<T> {
    return work(this.#options.currentStore(), this.#released.signal);
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #storeOf(dataset: DatasetName): Promise<Store> {
    if (this.#other?.dataset === dataset) return this.#other.store;
    await this.#closeOther();
    const known = await this.#options.list();
    if (!known.includes(dataset)) {
      throw new TapedeckError(
        'not-found',
        `there is no dataset ${dataset} here; there is ${known.join(', ') || 'none'}`,
      );
    }
    const store = await this.#options.open(dataset);
    this.#other = { dataset, store };
    return store;
  }

  async #closeOther(): Promise<void> {
    clearTimeout(this.#idle);
    const other = this.#other;
    this.#other = null;
    await other?.store.close();
  }
}
