import type { Candle } from '../../market/index.ts';
import { createIndicatorSuite } from '../pending-analysis.ts';
import type { IndicatorPeriods } from '../pipeline.ts';

export interface IndicatorStream {
  add(candle: Candle): void;
  /** Replaces the candle added last. */
  replace(candle: Candle): void;
  /** By column, in the order of the keys; NaN until warmed up or for an unknown key. Reused. */
  readonly values: Float64Array;
}

export function createIndicatorStream(periods: IndicatorPeriods, keys: readonly string[]): IndicatorStream {
  const suite = createIndicatorSuite(periods);
  const values = new Float64Array(keys.length);
  const read = (): void => {
    const v = suite.values();
    keys.forEach((k, i) => {
      values[i] = v[k] ?? Number.NaN;
    });
  };
  return {
    add: (c) => {
      suite.add(c);
      read();
    },
    replace: (c) => {
      suite.replace(c);
      read();
    },
    values,
  };
}

export function warmUpCandles(_periods: IndicatorPeriods, _keys: readonly string[]): number {
  return 300;
}

export function computeIndicatorColumns(
  periods: IndicatorPeriods,
  keys: readonly string[],
  candles: readonly Candle[],
): readonly (readonly number[])[] {
  const columns = keys.map((): number[] => []);
  const stream = createIndicatorStream(periods, keys);
  for (const candle of candles) {
    stream.add(candle);
    columns.forEach((column, index) => column.push(stream.values[index] ?? Number.NaN));
  }
  return columns;
}
