import type { Bar, EventSource, Instrument, MarketEvent, TapedeckError } from '../market/index.ts';

export const FEED_NAMES = ['mock', 'alpaca', 'replay'] as const;
export type FeedName = (typeof FEED_NAMES)[number];

export type FeedState = 'connecting' | 'live' | 'reconnecting' | 'stopped' | 'finished';

/** What a feed has to say besides market data; `ingest` turns each into state, a ledger row or a dead letter. */
export type FeedNotice =
  | { readonly kind: 'state'; readonly state: FeedState; readonly detail: string; readonly error: TapedeckError | null }
  | {
      readonly kind: 'gap';
      readonly reason: 'disconnect' | 'silence' | 'overflow';
      readonly symbol: string | null;
      readonly fromMs: number;
      readonly toMs: number;
      readonly lostCount: number | null;
    }
  | {
      readonly kind: 'bad-message';
      readonly reason: string;
      readonly payload: string;
      /** 1-based line of a replayed file; null for a stream. */
      readonly position: number | null;
      readonly origin: string;
    }
  /** The provider does not know the symbol. */
  | { readonly kind: 'symbol-rejected'; readonly symbol: string; readonly reason: string }
  /** The plan's limit leaves these to polling. */
  | { readonly kind: 'symbols-polled'; readonly symbols: readonly string[] };

export interface FeedBatch {
  readonly events: readonly MarketEvent[];
  readonly notices: readonly FeedNotice[];
  /** Where a later `stream` may resume once these events are acknowledged; null where the source cannot be resumed. */
  readonly resumeToken: string | null;
}

export interface StreamRequest {
  /** In order of importance: where a plan's limit is short, the first ones are streamed. */
  readonly symbols: readonly string[];
  readonly resumeToken: string | null;
  /** Ends the stream within a second and closes what it holds. */
  readonly signal: AbortSignal;
}

export interface HistoryRequest {
  readonly symbol: string;
  readonly interval: '1m' | '1d';
  /** `[fromMs, toMs)`, by bar start. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal: AbortSignal;
}

/**
 * One provider. A feed reconnects by itself with backoff, says so in notices, and only throws for what needs the user
 * (`retryable: false`). Its buffer is bounded: on overflow the oldest quotes go first, and a `gap` notice says what was lost.
 */
export interface Feed {
  readonly name: FeedName;
  readonly source: EventSource;
  /** Tells accounts of one provider apart, which counts connections by them; no secret. Left out where there are none. */
  readonly account?: string;
  /**
   * How far behind the market its stream is by contract; its history then ends that long ago and a minute. Its gap notices speak
   * of the market's time. Left out where it is in real time.
   */
  readonly delayMs?: number;
  /** How many symbols can be streamed at once; null without a limit. */
  readonly symbolLimit: number | null;
  /** Ascending in arrival order. May be called once at a time. Ends at the end of a finite source or on abort. */
  stream(request: StreamRequest): AsyncIterable<FeedBatch>;
  /** Replaces the wanted symbols of the running stream, in order of importance. */
  setSymbols(symbols: readonly string[]): void;
  /** Finished bars, ascending, in pages. Yields nothing where the provider has none. */
  history(request: HistoryRequest): AsyncIterable<readonly Bar[]>;
  /** Best matches first: exact symbol, symbol prefix, then words of the name. */
  findInstruments(query: string, limit: number): Promise<readonly Instrument[]>;
  /** Everything that can be asked for, in any order; empty where that cannot be listed. */
  listInstruments(): Promise<readonly Instrument[]>;
  /**
   * One line of the file that this feed replays, read by itself as its stream would; null for a line that says nothing. Throws
   * `bad-message` with the reason, `unsupported` for a line of another file. Only feeds of files have it.
   */
  readLine?(file: string, text: string, receivedMs: number): MarketEvent | null;
  /** Null when the provider does not know the symbol. */
  instrument(symbol: string): Promise<Instrument | null>;
  close(): Promise<void>;
}
