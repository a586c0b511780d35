import { type Bar, type Clock, INTERVAL_MS, type Log, sessionCalendar, TapedeckError } from '../../market/index.ts';
import type { HistoryRequest } from '../feed.ts';
import { type MapContext, mapBar } from './alpaca-mapper.ts';
import type { AlpacaRest, BarsPage, HistoricalFeed } from './alpaca-rest.ts';
import type { AlpacaDataFeed } from './alpaca-feed.ts';

export interface BarHistoryOptions {
  readonly rest: Pick<AlpacaRest, 'bars'>;
  readonly dataFeed: AlpacaDataFeed;
  readonly clock: Clock;
  readonly log: Log;
}

/** Consolidated data is free when it is 15 minutes old; one more for clocks that differ. */
const RECENT_SIP_MS = 16 * 60_000;

/** Finished bars by REST, page by page. */
export class BarHistory {
  readonly #options: BarHistoryOptions;
  #isRecentSipDenied: boolean;

  constructor(options: BarHistoryOptions) {
    this.#options = options;
    this.#isRecentSipDenied = options.dataFeed === 'delayed_sip';
  }

  /**
   * Where the plan does not include recent consolidated data, consolidated bars end 16 minutes ago; a range that lies
   * entirely in those minutes comes from IEX. Bars of the two never mix in one answer.
   */
  async *pages(request: HistoryRequest): AsyncGenerator<readonly Bar[]> {
    const { dataFeed, clock, log } = this.#options;
    // The test stream has no history.
    if (dataFeed === 'test') return;
    if (dataFeed === 'iex') {
      yield* this.#pagesOf(request, 'iex', request.toMs);
      return;
    }
    if (!this.#isRecentSipDenied) {
      try {
        yield* this.#pagesOf(request, 'sip', request.toMs);
        return;
      } catch (cause) {
        if (!(cause instanceof TapedeckError) || cause.code !== 'plan-limit') throw cause;
        this.#isRecentSipDenied = true;
        log.warn({ dataFeed }, 'the Alpaca plan has no recent consolidated data; history ends 16 minutes ago');
      }
    }
    const toMs = Math.min(request.toMs, clock.now() - RECENT_SIP_MS);
    if (toMs > request.fromMs) yield* this.#pagesOf(request, 'sip', toMs);
    else yield* this.#pagesOf(request, 'iex', request.toMs);
  }

  async *#pagesOf(request: HistoryRequest, feed: HistoricalFeed, toMs: number): AsyncGenerator<readonly Bar[]> {
    if (toMs <= request.fromMs) return;
    const query = {
      symbol: request.symbol,
      timeframe: request.interval === '1m' ? ('1Min' as const) : ('1Day' as const),
      fromMs: request.fromMs,
      lastMs: toMs - 1,
      feed,
    };
    let pageToken: string | null = null;
    do {
      const page: BarsPage = await this.#options.rest.bars({ ...query, pageToken }, request.signal);
      const bars = this.#finishedBars(page, request, toMs);
      if (bars.length > 0) yield bars;
      if (page.nextPageToken === pageToken) return;
      pageToken = page.nextPageToken;
    } while (pageToken !== null);
  }

  #finishedBars(page: BarsPage, request: HistoryRequest, toMs: number): readonly Bar[] {
    const { clock, log } = this.#options;
    const nowMs = clock.now();
    const context: MapContext = { source: 'backfill', provider: 'alpaca', receivedMs: nowMs, phaseOf: () => 'trading' };
    const bars: Bar[] = [];
    for (const message of page.bars) {
      try {
        const bar = mapBar(request.symbol, request.interval, message, context, false);
        if (bar.timeMs >= request.fromMs && bar.timeMs < toMs && endOf(bar) <= nowMs) bars.push(bar);
      } catch (cause) {
        log.warn(
          { symbol: request.symbol, reason: TapedeckError.from(cause).message },
          'left out a bad bar of history',
        );
      }
    }
    return bars;
  }
}

function endOf(bar: Bar): number {
  if (bar.interval === '1m') return bar.timeMs + INTERVAL_MS['1m'];
  return sessionCalendar('us-equities').tradingDay(bar.timeMs)?.endMs ?? bar.timeMs + INTERVAL_MS['1d'];
}
