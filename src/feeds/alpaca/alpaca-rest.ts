import { errors, marketData, trading } from '@alpacahq/alpaca-trade-api';
import { TapedeckError } from '../../market/index.ts';
import { connectionLost, restFailure } from './alpaca-failure.ts';
import type { WireMessage } from './alpaca-mapper.ts';
import type { Fetch } from './paced-fetch.ts';

export type HistoricalFeed = 'iex' | 'sip';
export type LatestFeed = 'iex' | 'sip' | 'delayed_sip';

export interface RestOptions {
  readonly keyId: string;
  readonly secret: string;
  readonly dataUrl: string;
  readonly tradingUrl: string;
  readonly fetch: Fetch;
}

export interface BarsQuery {
  readonly symbol: string;
  readonly timeframe: '1Min' | '1Day';
  readonly fromMs: number;
  /** Inclusive, as Alpaca has it. */
  readonly lastMs: number;
  readonly feed: HistoricalFeed;
  readonly pageToken: string | null;
}

export interface BarsPage {
  readonly bars: readonly WireMessage[];
  readonly nextPageToken: string | null;
}

/** Alpaca's most for one page; all symbols of a request share it. */
const BARS_PER_PAGE = 10_000;

/**
 * The REST calls the feed needs, through the SDK's generated clients. Bodies are read as they came: the SDK's models turn
 * times into `Date`, which drops nanoseconds. Every failure is a `TapedeckError`.
 */
export class AlpacaRest {
  readonly #stocks: marketData.StockApi;
  readonly #assets: trading.AssetsApi;

  constructor(options: RestOptions) {
    const shared = {
      keyId: options.keyId,
      secret: options.secret,
      fetchApi: options.fetch,
      // Waiting for the budget is part of a call, so only the paced fetch can time one.
      timeoutMs: 0,
    };
    this.#stocks = new marketData.StockApi(new marketData.Configuration({ ...shared, basePath: options.dataUrl }));
    this.#assets = new trading.AssetsApi(new trading.Configuration({ ...shared, basePath: options.tradingUrl }));
  }

  async bars(query: BarsQuery, signal: AbortSignal): Promise<BarsPage> {
    const body = await bodyOf(
      this.#stocks.stockBarsRaw(
        {
          symbols: query.symbol,
          timeframe: query.timeframe,
          start: new Date(query.fromMs),
          end: new Date(query.lastMs),
          limit: BARS_PER_PAGE,
          // Prices before a split in today's terms: the ones a chart can join to live trades.
          adjustment: 'split',
          feed: query.feed,
          sort: 'asc',
          ...(query.pageToken === null ? {} : { pageToken: query.pageToken }),
        },
        { signal },
      ),
      signal,
    );
    const page = objectOf(body, 'bars');
    // A symbol without data is missing from the map, and an empty answer may say null.
    const bars = page['bars'] === null || page['bars'] === undefined ? {} : objectOf(page['bars'], 'bars');
    const nextPageToken = page['next_page_token'];
    return {
      bars: listOf(bars[query.symbol] ?? [], 'bars'),
      nextPageToken: typeof nextPageToken === 'string' && nextPageToken !== '' ? nextPageToken : null,
    };
  }

  /** By symbol; a symbol without any data is missing. */
  async snapshots(
    symbols: readonly string[],
    feed: LatestFeed,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, WireMessage>> {
    const body = await bodyOf(this.#stocks.stockSnapshotsRaw({ symbols: symbols.join(','), feed }, { signal }), signal);
    const snapshots = new Map<string, WireMessage>();
    for (const [symbol, snapshot] of Object.entries(objectOf(body, 'snapshots'))) {
      if (snapshot !== null) snapshots.set(symbol, objectOf(snapshot, symbol));
    }
    return snapshots;
  }

  async activeAssets(signal: AbortSignal): Promise<readonly WireMessage[]> {
    const request = { status: 'active', assetClass: 'us_equity' };
    return listOf(await bodyOf(this.#assets.getV2AssetsRaw(request, { signal }), signal), 'assets');
  }
}

async function bodyOf(answer: Promise<{ readonly raw: Response }>, signal: AbortSignal): Promise<unknown> {
  try {
    const { raw } = await answer;
    return parseJson(await raw.text());
  } catch (cause) {
    if (signal.aborted) throw new TapedeckError('closed', 'the request was given up', { retryable: true, cause });
    throw failureOf(cause);
  }
}

/** Ids past 2^53 become texts: the pattern cannot match inside a JSON string, where its quotes would be escaped. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replaceAll(/"i":\s*(\d{16,})/g, '"i":"$1"'));
  } catch (cause) {
    throw new TapedeckError('bad-message', 'Alpaca answered with something that is not JSON', {
      retryable: true,
      cause,
    });
  }
}

function failureOf(cause: unknown): TapedeckError {
  if (cause instanceof TapedeckError) return cause;
  if (cause instanceof errors.ApiError) return restFailure(cause.status, cause.message, cause.requestId ?? null);
  const root = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return connectionLost(root instanceof Error ? root.message : String(root), cause);
}

function objectOf(value: unknown, field: string): WireMessage {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as WireMessage;
  throw new TapedeckError('bad-message', `${field}: expected an object`, { retryable: true });
}

function listOf(value: unknown, field: string): readonly WireMessage[] {
  if (!Array.isArray(value)) throw new TapedeckError('bad-message', `${field}: expected a list`, { retryable: true });
  return value.map((row) => objectOf(row, field));
}
