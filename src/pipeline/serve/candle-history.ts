import type { CandleColumns } from '../../contract/index.ts';
import { type Candle, type Interval, isWithdrawn } from '../../market/index.ts';
import type { QueryStore } from '../../store/store.ts';
import type { CandleRangeRequest } from '../pipeline.ts';
import type { CandleCache } from './candle-cache.ts';
import { mergeCandle } from '../candles/candle-list.ts';
import { columnsOf, indicatorColumns, warmUpCandles } from './chart-indicators.ts';

/** Stored candles with the newer states of memory laid over them. */
export class CandleHistory {
  readonly #store: Pick<QueryStore, 'candles'>;
  readonly #cache: CandleCache;

  constructor(store: Pick<QueryStore, 'candles'>, cache: CandleCache) {
    this.#store = store;
    this.#cache = cache;
  }

  /** The latest `limit` candles that open before `beforeMs`, ascending. */
  async latest(symbol: string, interval: Interval, beforeMs: number | null, limit: number): Promise<Candle[]> {
    const query = { symbol, interval, source: null, fromMs: null, toMs: beforeMs, limit };
    const candles = [...(await this.#store.candles(query))];
    for (const candle of this.#cache.newest(symbol, interval)) {
      if (beforeMs === null || candle.openTimeMs < beforeMs) mergeCandle(candles, candle);
    }
    const standing = candles.some(isWithdrawn) ? candles.filter((candle) => !isWithdrawn(candle)) : candles;
    return standing.length > limit ? standing.slice(-limit) : standing;
  }

  /**
   * Indicators are computed over older candles too, so that the first value shown is already settled.
   * Throws `bad-input` on an unknown indicator.
   */
  async range(request: CandleRangeRequest): Promise<CandleColumns> {
    const { symbol, interval, beforeMs, limit } = request;
    const keys = [...new Set(request.indicators.flatMap(columnsOf))];
    const candles = await this.latest(symbol, interval, beforeMs, limit + Math.max(1, warmUpCandles(keys)));
    const from = Math.max(0, candles.length - limit);
    const shown = candles.slice(from);
    const columns = indicatorColumns(keys, candles);
    return {
      symbol,
      interval,
      openTimeMs: shown.map((candle) => candle.openTimeMs),
      open: shown.map((candle) => candle.open),
      high: shown.map((candle) => candle.high),
      low: shown.map((candle) => candle.low),
      close: shown.map((candle) => candle.close),
      volume: shown.map((candle) => candle.volume),
      revision: shown.map((candle) => candle.revision),
      indicators: Object.fromEntries(
        keys.map((key, index) => [key, Array.from(columns[index]?.subarray(from) ?? [], finiteOrNull)]),
      ),
      backfilledMs: shown.filter(({ source }) => source === 'backfill').map((candle) => candle.openTimeMs),
      hasMore: from > 0,
    };
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
