import { type Clock, type Instrument, type Log, TapedeckError } from '../../market/index.ts';
import { mapAsset } from './alpaca-mapper.ts';
import type { AlpacaRest } from './alpaca-rest.ts';

export interface AssetDirectoryOptions {
  readonly rest: Pick<AlpacaRest, 'activeAssets'>;
  /** Ends a load with its feed. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

const MAX_AGE_MS = 24 * 3_600_000;
const RETRY_AFTER_MS = 60_000;

/** What can be traded at Alpaca, loaded once a day; about 12,000 rows. */
export class AssetDirectory {
  readonly #options: AssetDirectoryOptions;
  #instruments: ReadonlyMap<string, Instrument> | null = null;
  #loadedMs = -Infinity;
  #failedMs = -Infinity;
  #failure: TapedeckError | null = null;
  #loading: Promise<ReadonlyMap<string, Instrument>> | null = null;

  constructor(options: AssetDirectoryOptions) {
    this.#options = options;
  }

  /** When the list was last renewed; before all time while there is none. */
  get loadedMs(): number {
    return this.#loadedMs;
  }

  /** Null while the list has not been loaded: then nobody knows. */
  knows(symbol: string): boolean | null {
    return this.#instruments === null ? null : this.#instruments.has(symbol);
  }

  /**
   * The list, loaded where it is missing or older than `maxAgeMs`, a day by default; an old one serves on when it cannot be renewed. Rejects when there is
   * none, and for a minute after that without asking again.
   */
  async load(maxAgeMs = MAX_AGE_MS): Promise<ReadonlyMap<string, Instrument>> {
    const nowMs = this.#options.clock.now();
    if (this.#instruments !== null && nowMs - this.#loadedMs < maxAgeMs) return this.#instruments;
    if (this.#failure !== null && nowMs - this.#failedMs < RETRY_AFTER_MS) return this.#oldOr(this.#failure);
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = null;
    });
    try {
      return await this.#loading;
    } catch (cause) {
      return this.#oldOr(TapedeckError.from(cause));
    }
  }

  async #fetch(): Promise<ReadonlyMap<string, Instrument>> {
    try {
      const instruments = new Map<string, Instrument>();
      for (const asset of await this.#options.rest.activeAssets(this.#options.signal)) {
        const instrument = mapAsset(asset);
        if (instrument !== null) instruments.set(instrument.symbol, instrument);
      }
      this.#instruments = instruments;
      this.#loadedMs = this.#options.clock.now();
      this.#failure = null;
      this.#options.log.info({ count: instruments.size }, 'loaded the list of Alpaca assets');
      return instruments;
    } catch (cause) {
      this.#failure = TapedeckError.from(cause);
      this.#failedMs = this.#options.clock.now();
      this.#options.log.warn({ reason: this.#failure.message }, 'could not load the list of Alpaca assets');
      throw this.#failure;
    }
  }

  #oldOr(failure: TapedeckError): ReadonlyMap<string, Instrument> {
    if (this.#instruments === null) throw failure;
    return this.#instruments;
  }
}
