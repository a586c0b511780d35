import { createIndicatorSuite, indicatorKeys, type IndicatorSuite } from '../../analysis/index.ts';
import { type Candle, type IndicatorSet, type Interval, INTERVAL_MS, isWithdrawn } from '../../market/index.ts';
import { mergeCandle } from '../candles/candle-list.ts';
import type { IndicatorPeriods } from '../../analysis/index.ts';

export interface SeriesKey {
  readonly symbol: string;
  readonly interval: Interval;
}

/** A series whose indicators must be computed anew from the store, for candles from `fromMs` on. */
export interface StaleSeries extends SeriesKey {
  readonly fromMs: number;
  /** How far `persist` must have read the candles topic before the store holds what made it stale; null until known. */
  readonly neededOffset: number | null;
}

/** Candles that may not be stored yet when a series is computed anew. */
const RECENT_CANDLES = 4;

interface Series {
  readonly name: string;
  suite: IndicatorSuite;
  /** The newest candle in the suite and the ones before it, ascending. */
  recent: Candle[];
  /** The newest candle when it was noted how far the store must have come; the store may lack this one and later ones. */
  notedOpenTimeMs: number;
}

/**
 * The indicators of every symbol and interval. A candle at the right edge moves them in constant time; one further back
 * makes the series stale until it is computed anew.
 */
export class IndicatorBook {
  readonly #keys: readonly string[];
  readonly #symbolsWithPast: ReadonlySet<string>;
  readonly #series = new Map<string, Series>();
  /** By the name of the series; what makes one staler replaces its mark, so that a mark says what was known when it was read. */
  readonly #stale = new Map<string, StaleSeries>();

  /** A symbol without stored candles has no past to read. */
  constructor(periods: IndicatorPeriods, symbolsWithPast: ReadonlySet<string>) {
    this.#keys = indicatorKeys(periods);
    this.#symbolsWithPast = symbolsWithPast;
  }

  /** The values at this candle; null where it changes nothing, or the series is stale. */
  update(candle: Candle): IndicatorSet | null {
    const series = this.#of(candle);
    const newest = series.recent.at(-1);
    if (newest !== undefined && isBegunBeforeClose(candle, newest)) return null;
    const index = mergeCandle(series.recent, candle);
    if (index === -1) return null;
    const isNew = newest === undefined || candle.openTimeMs > newest.openTimeMs;
    const isLast = index === series.recent.length - 1;
    const dropped = series.recent.length > RECENT_CANDLES ? series.recent.shift() : undefined;
    if (this.#stale.has(series.name) || !isLast || isWithdrawn(candle)) {
      this.#markStale(series, candle, dropped);
      return null;
    }
    if (isNew) series.suite.add(candle.close);
    else series.suite.replace(candle.close);
    return indicatorSet(candle, series.suite);
  }

  get staleSeries(): readonly StaleSeries[] {
    return [...this.#stale.values()];
  }

  /** `endOffset` of the candles topic, read after everything that made a series stale was acknowledged. */
  noteEnd(endOffset: number): void {
    for (const [name, stale] of this.#stale) {
      const series = this.#series.get(name);
      if (series === undefined || stale.neededOffset !== null) continue;
      series.notedOpenTimeMs = newestOf(series);
      this.#stale.set(name, { ...stale, neededOffset: endOffset });
    }
  }

  /**
   * Computes a series anew. `warmUp` are the candles before `fromMs` of the stale series, `candles` those from there on;
   * both ascend. Answers the sets of the latter; none where the series has become staler since they were read, and stays so.
   */
  recompute(stale: StaleSeries, warmUp: readonly Candle[], candles: readonly Candle[]): readonly IndicatorSet[] {
    const name = seriesName(stale);
    const series = this.#series.get(name);
    const current = this.#stale.get(name);
    if (series === undefined || current?.fromMs !== stale.fromMs || current.neededOffset !== stale.neededOffset)
      return [];
    const all = [...warmUp, ...candles];
    for (const candle of series.recent) mergeCandle(all, candle);
    const suite = createIndicatorSuite(this.#keys);
    const sets: IndicatorSet[] = [];
    for (const candle of all) {
      if (isWithdrawn(candle)) continue;
      suite.add(candle.close);
      if (candle.openTimeMs < stale.fromMs) continue;
      const set = indicatorSet(candle, suite);
      if (set !== null) sets.push(set);
    }
    series.suite = suite;
    series.recent = all.slice(-RECENT_CANDLES);
    this.#stale.delete(name);
    return sets;
  }

  #of(candle: Candle): Series {
    const name = seriesName(candle);
    let series = this.#series.get(name);
    if (series === undefined) {
      series = { name, suite: createIndicatorSuite(this.#keys), recent: [], notedOpenTimeMs: Number.NEGATIVE_INFINITY };
      this.#series.set(name, series);
      if (this.#symbolsWithPast.has(candle.symbol)) this.#markStale(series, candle, undefined);
    }
    return series;
  }

  /** `dropped` is what left `recent` for the candle: from now on only the store can tell of it. */
  #markStale(series: Series, candle: Candle, dropped: Candle | undefined): void {
    const { symbol, interval, openTimeMs } = candle;
    const known = this.#stale.get(series.name);
    const isBehind = openTimeMs < newestOf(series);
    const isOutOfHand = dropped !== undefined && dropped.openTimeMs >= series.notedOpenTimeMs;
    this.#stale.set(series.name, {
      symbol,
      interval,
      fromMs: Math.min(known?.fromMs ?? openTimeMs, openTimeMs),
      neededOffset: isBehind || isOutOfHand ? null : (known?.neededOffset ?? null),
    });
  }
}

/** The candle before it closes moments later, perhaps at another price; what was built on it would have to be built again. */
function isBegunBeforeClose(candle: Candle, newest: Candle): boolean {
  const aheadMs = candle.openTimeMs - newest.openTimeMs;
  return aheadMs > 0 && aheadMs <= INTERVAL_MS[candle.interval] && !newest.isClosed && !candle.isClosed;
}

function newestOf({ recent }: Series): number {
  return recent.at(-1)?.openTimeMs ?? Number.NEGATIVE_INFINITY;
}

function seriesName(key: SeriesKey): string {
  return `${key.symbol} ${key.interval}`;
}

function indicatorSet(candle: Candle, suite: IndicatorSuite): IndicatorSet | null {
  const values = suite.values();
  if (Object.keys(values).length === 0) return null;
  const { symbol, interval, openTimeMs, revision, isClosed } = candle;
  return { symbol, interval, openTimeMs, revision, isClosed, values };
}
