import type { Candle, Interval } from '../../market/index.ts';
import { mergeCandle } from '../candles/candle-list.ts';

/** Covers what `persist` has yet to write; older candles come from the store. */
const KEPT_PER_SERIES = 12;

/** The newest candles of every symbol and interval, as they came over the bus. */
export class CandleCache {
  readonly #series = new Map<string, Candle[]>();

  add(candle: Candle): void {
    const key = seriesKey(candle.symbol, candle.interval);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = [];
      this.#series.set(key, series);
    }
    mergeCandle(series, candle);
    if (series.length > KEPT_PER_SERIES) series.shift();
  }

  /** Ascending. */
  newest(symbol: string, interval: Interval): readonly Candle[] {
    return this.#series.get(seriesKey(symbol, interval)) ?? [];
  }
}

export function seriesKey(symbol: string, interval: Interval): string {
  return `${symbol} ${interval}`;
}
