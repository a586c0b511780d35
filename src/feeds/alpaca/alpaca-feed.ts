import { createHash } from 'node:crypto';
import type { Bar, Clock, Instrument, Log } from '../../market/index.ts';
import { providerDelayMs, rankInstruments } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { Feed, FeedBatch, HistoryRequest, StreamRequest } from '../feed.ts';
import { pause } from '../../runtime/pause.ts';
import type { AlpacaProvider } from './alpaca-mapper.ts';
import { missingKeysError } from './alpaca-failure.ts';
import { AlpacaRest } from './alpaca-rest.ts';
import { AlpacaStream, FREE_PLAN_SYMBOLS, TEST_SYMBOL } from './alpaca-stream.ts';
import { type AlpacaTiming, DEFAULT_TIMING } from './alpaca-timing.ts';
import { AssetDirectory } from './asset-directory.ts';
import { BarHistory } from './bar-history.ts';
import { baseUrl } from './base-url.ts';
import { createPacedFetch } from './paced-fetch.ts';
import { RequestBudget } from './request-budget.ts';

/** `iex` is free and real time; `sip` is consolidated and paid, `delayed_sip` the same 15 minutes late; `test` is synthetic. */
export type AlpacaDataFeed = 'iex' | 'sip' | 'delayed_sip' | 'test';

export interface AlpacaFeedOptions {
  readonly keyId: string;
  readonly secret: string;
  /** Default `iex`. */
  readonly dataFeed?: AlpacaDataFeed;
  /** Scheme, host and port only; encrypted, or on this machine. Default: Alpaca's own. */
  readonly streamUrl?: string;
  readonly dataUrl?: string;
  /** Default: the paper host for a paper key (`PK...`), else the live one. */
  readonly tradingUrl?: string;
  /** Streamed at once; null without a limit. Default: 30 on `iex`, as the free plan has it, else none. */
  readonly symbolLimit?: number | null;
  /** Default 200, as the free plan has it; corrected by what Alpaca's answers say. */
  readonly requestsPerMinute?: number;
  /** Events held for a slow consumer before the oldest quotes go. Default 50,000. */
  readonly bufferCapacity?: number;
  readonly timing?: Partial<AlpacaTiming>;
  readonly clock: Clock;
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Log;
}

const STREAM_URL = 'wss://stream.data.alpaca.markets';
const DATA_URL = 'https://data.alpaca.markets';
const LIVE_TRADING_URL = 'https://api.alpaca.markets';
const PAPER_TRADING_URL = 'https://paper-api.alpaca.markets';
const FREE_PLAN_REQUESTS_PER_MINUTE = 200;
const BUFFER_CAPACITY = 50_000;
const REST_ATTEMPTS = 5;

const TEST_INSTRUMENT: Instrument = {
  symbol: TEST_SYMBOL,
  name: 'Alpaca test stream',
  sector: '',
  industry: '',
  exchange: '',
  calendar: 'always-open',
  priceDecimals: 2,
};

/** US equities from Alpaca. Throws `unauthorized` without keys and `bad-config` for a URL that keys must not travel to. */
export function createAlpacaFeed(options: AlpacaFeedOptions): Feed {
  if (options.keyId === '' || options.secret === '') throw missingKeysError();
  return new AlpacaFeed(options);
}

class AlpacaFeed implements Feed {
  readonly name = 'alpaca';
  readonly source = 'live';
  readonly account: string;
  readonly delayMs: number;
  readonly #options: AlpacaFeedOptions;
  readonly #dataFeed: AlpacaDataFeed;
  readonly #provider: AlpacaProvider;
  readonly #timing: AlpacaTiming;
  readonly #streamUrl: string;
  readonly #limit: { symbols: number | null };
  readonly #budget: RequestBudget;
  readonly #rest: AlpacaRest;
  /** Null for the test feed, whose one symbol is on no list. */
  readonly #directory: AssetDirectory | null;
  readonly #history: BarHistory;
  readonly #closing = new AbortController();
  #stream: AlpacaStream | null = null;

  constructor(options: AlpacaFeedOptions) {
    const { keyId, secret, clock, random, log } = options;
    this.#options = options;
    this.account = createHash('sha256').update(keyId).digest('hex').slice(0, 12);
    this.#dataFeed = options.dataFeed ?? 'iex';
    this.#provider = this.#dataFeed === 'delayed_sip' ? 'alpaca-delayed' : 'alpaca';
    this.delayMs = providerDelayMs(this.#provider);
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    this.#streamUrl = `${baseUrl('ALPACA_STREAM_URL', options.streamUrl ?? STREAM_URL, 'ws')}/v2/${this.#dataFeed}`;
    this.#limit = { symbols: options.symbolLimit ?? null };
    if (options.symbolLimit === undefined && this.#dataFeed === 'iex') this.#limit.symbols = FREE_PLAN_SYMBOLS;
    const perMinute = options.requestsPerMinute ?? FREE_PLAN_REQUESTS_PER_MINUTE;
    this.#budget = new RequestBudget({ perMinute, clock, sleep: pause });
    const ownTradingUrl = keyId.startsWith('PK') ? PAPER_TRADING_URL : LIVE_TRADING_URL;
    this.#rest = new AlpacaRest({
      keyId,
      secret,
      dataUrl: baseUrl('ALPACA_DATA_URL', options.dataUrl ?? DATA_URL, 'http'),
      tradingUrl: baseUrl('ALPACA_TRADING_URL', options.tradingUrl ?? ownTradingUrl, 'http'),
      fetch: createPacedFetch({
        budget: this.#budget,
        backoff: { baseMs: this.#timing.restRetryBaseMs, maxMs: this.#timing.restRetryMaxMs, random },
        timeoutMs: this.#timing.restTimeoutMs,
        maxAttempts: REST_ATTEMPTS,
        clock,
        log,
      }),
    });
    this.#directory =
      this.#dataFeed === 'test'
        ? null
        : new AssetDirectory({ rest: this.#rest, signal: this.#closing.signal, clock, log });
    this.#history = new BarHistory({ rest: this.#rest, dataFeed: this.#dataFeed, clock, log });
  }

  get symbolLimit(): number | null {
    return this.#limit.symbols;
  }

  async *stream(request: StreamRequest): AsyncGenerator<FeedBatch> {
    if (this.#closing.signal.aborted) throw new TapedeckError('closed', 'the Alpaca feed is closed');
    if (this.#stream !== null) throw new TapedeckError('conflict', 'the Alpaca feed is streaming already');
    const { keyId, secret, clock, random, log } = this.#options;
    const stream = new AlpacaStream(
      {
        keyId,
        secret,
        url: this.#streamUrl,
        dataFeed: this.#dataFeed,
        provider: this.#provider,
        rest: this.#rest,
        directory: this.#directory,
        limit: this.#limit,
        requestsPerMinute: () => this.#budget.perMinute,
        timing: this.#timing,
        bufferCapacity: this.#options.bufferCapacity ?? BUFFER_CAPACITY,
        clock,
        random,
        log,
      },
      request.symbols,
    );
    this.#stream = stream;
    try {
      yield* stream.batches(AbortSignal.any([request.signal, this.#closing.signal]));
    } finally {
      this.#stream = null;
    }
  }

  setSymbols(symbols: readonly string[]): void {
    this.#stream?.setSymbols(symbols);
  }

  history(request: HistoryRequest): AsyncIterable<readonly Bar[]> {
    const signal = AbortSignal.any([request.signal, this.#closing.signal]);
    return this.#history.pages({ ...request, signal });
  }

  async findInstruments(query: string, limit: number): Promise<readonly Instrument[]> {
    return rankInstruments(await this.listInstruments(), query, limit);
  }

  async listInstruments(): Promise<readonly Instrument[]> {
    return this.#directory === null ? [TEST_INSTRUMENT] : [...(await this.#directory.load()).values()];
  }

  async instrument(symbol: string): Promise<Instrument | null> {
    if (this.#directory === null) return symbol === TEST_SYMBOL ? TEST_INSTRUMENT : null;
    return (await this.#loadSoon(this.#directory)).get(symbol) ?? null;
  }

  /** A caller that only wants a name must not wait through every repeat of a slow request. */
  async #loadSoon(directory: AssetDirectory): Promise<ReadonlyMap<string, Instrument>> {
    const { answerTimeoutMs } = this.#timing;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const error = new TapedeckError('timeout', `no list of assets within ${answerTimeoutMs} ms`, { retryable: true });
      timer = setTimeout(() => reject(error), answerTimeoutMs);
    });
    try {
      return await Promise.race([directory.load(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#stream?.settled();
  }
}
