import type { Indicator } from './indicator.ts';
import { createIndicator } from './indicator-registry.ts';

/** Several indicators over the closes of one symbol and interval. */
export interface IndicatorSuite {
  /** Keys of the numbers, in the order that `write` writes them. */
  readonly columns: readonly string[];
  /** The close of the next candle. */
  add(close: number): void;
  /** A newer close of the candle added last. */
  replace(close: number): void;
  /** `columns.length` numbers; NaN until warmed up. */
  write(out: Float64Array, at: number): void;
  /** As `IndicatorSet.values`: what is not warmed up is left out. */
  values(): Readonly<Record<string, number>>;
}

/** What the configured periods ask for; see `IndicatorSet` for the form of the keys. */
export interface IndicatorPeriodSettings {
  readonly rsi: number;
  readonly smaShort: number;
  readonly smaLong: number;
  readonly emaShort: number;
  readonly emaLong: number;
  readonly bollinger: number;
  readonly bollingerDeviations: number;
  readonly macdFast: number;
  readonly macdSlow: number;
  readonly macdSignal: number;
  readonly volatility: number;
}

export function indicatorKeys(periods: IndicatorPeriodSettings): readonly string[] {
  const keys = [
    `sma${periods.smaShort}`,
    `sma${periods.smaLong}`,
    `ema${periods.emaShort}`,
    `ema${periods.emaLong}`,
    `rsi${periods.rsi}`,
    `macd${periods.macdFast}-${periods.macdSlow}-${periods.macdSignal}`,
    `bollinger${periods.bollinger}-${periods.bollingerDeviations}`,
    `volatility${periods.volatility}`,
  ];
  return [...new Set(keys)];
}

/** Keys such as `sma20`, without parts. Throws `bad-input` on an unknown one. */
export function createIndicatorSuite(keys: readonly string[]): IndicatorSuite {
  return new Suite(keys);
}

/** Whole columns over closes in ascending order, for a chart; NaN until warmed up. */
export function indicatorSeries(
  keys: readonly string[],
  closes: ArrayLike<number>,
): Readonly<Record<string, Float64Array>> {
  const suite = createIndicatorSuite(keys);
  const columns = suite.columns.map(() => new Float64Array(closes.length));
  const row = new Float64Array(suite.columns.length);
  for (let at = 0; at < closes.length; at++) {
    suite.add(closes[at] ?? Number.NaN);
    suite.write(row, 0);
    for (let column = 0; column < columns.length; column++) {
      const values = columns[column];
      if (values !== undefined) values[at] = row[column] ?? Number.NaN;
    }
  }
  return Object.fromEntries(suite.columns.map((key, column) => [key, columns[column] ?? new Float64Array(0)]));
}

class Suite implements IndicatorSuite {
  readonly columns: readonly string[];
  readonly #indicators: readonly Indicator[];
  readonly #row: Float64Array;

  constructor(keys: readonly string[]) {
    const named = keys.map(createIndicator);
    this.columns = named.flatMap(({ columns }) => columns);
    this.#indicators = named.map(({ indicator }) => indicator);
    this.#row = new Float64Array(this.columns.length);
  }

  add(close: number): void {
    for (const indicator of this.#indicators) indicator.add(close);
  }

  replace(close: number): void {
    for (const indicator of this.#indicators) indicator.replace(close);
  }

  write(out: Float64Array, at: number): void {
    let column = at;
    for (const indicator of this.#indicators) {
      indicator.write(out, column);
      column += indicator.width;
    }
  }

  values(): Readonly<Record<string, number>> {
    const values: Record<string, number> = {};
    this.write(this.#row, 0);
    for (let column = 0; column < this.columns.length; column++) {
      const value = this.#row[column] ?? Number.NaN;
      if (!Number.isNaN(value)) values[this.columns[column] ?? ''] = value;
    }
    return values;
  }
}
