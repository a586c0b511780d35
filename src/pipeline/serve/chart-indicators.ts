import { createIndicatorSuite, type IndicatorSuite } from '../../analysis/index.ts';
import { type Candle, TapedeckError } from '../../market/index.ts';

/** Per candle of the longest period; exponential averages then remember their beginning to less than 1e-9. */
const WARM_UP_PERIODS = 12;
const SHORTEST_WARM_UP = 250;
const LONGEST_WARM_UP = 2_500;

export interface IndicatorStream {
  add(candle: Candle): void;
  /** Replaces the candle added last. */
  replace(candle: Candle): void;
  /** By column, in the order of the keys; NaN until warmed up. */
  values(): Float64Array;
}

/**
 * Columns for a client: `keys` are keys of `IndicatorSet.values` in the order wanted, such as `sma20` and
 * `macd12-26-9.signal`. Throws `bad-input` on a key that names no indicator.
 */
export function createIndicatorStream(keys: readonly string[]): IndicatorStream {
  return new KeyedStream(keys);
}

/** How many candles before the first one shown settle every indicator of these keys. */
export function warmUpCandles(keys: readonly string[]): number {
  if (keys.length === 0) return 0;
  let longest = 0;
  for (const key of keys) for (const [digits] of key.matchAll(/\d+/g)) longest = Math.max(longest, Number(digits));
  return Math.min(LONGEST_WARM_UP, Math.max(SHORTEST_WARM_UP, longest * WARM_UP_PERIODS));
}

/** The keys that a client may ask for under this one: itself, or the parts of an indicator that has several. */
export function columnsOf(key: string): readonly string[] {
  const { columns } = createIndicatorSuite([indicatorOf(key)]);
  return columns.includes(key) ? [key] : columns.filter((column) => indicatorOf(column) === key);
}

/** By column of `keys`, one value per candle. */
export function indicatorColumns(keys: readonly string[], candles: readonly Candle[]): readonly Float64Array[] {
  const columns = keys.map(() => new Float64Array(candles.length));
  if (keys.length === 0) return columns;
  const stream = createIndicatorStream(keys);
  candles.forEach((candle, at) => {
    stream.add(candle);
    const values = stream.values();
    columns.forEach((column, index) => {
      column[at] = values[index] ?? Number.NaN;
    });
  });
  return columns;
}

class KeyedStream implements IndicatorStream {
  readonly #suite: IndicatorSuite;
  readonly #sources: readonly number[];
  readonly #row: Float64Array;

  constructor(keys: readonly string[]) {
    this.#suite = createIndicatorSuite([...new Set(keys.map(indicatorOf))]);
    this.#row = new Float64Array(this.#suite.columns.length);
    this.#sources = keys.map((key) => this.#columnOf(key));
  }

  add(candle: Candle): void {
    this.#suite.add(candle.close);
  }

  replace(candle: Candle): void {
    this.#suite.replace(candle.close);
  }

  values(): Float64Array {
    this.#suite.write(this.#row, 0);
    return Float64Array.from(this.#sources, (column) => this.#row[column] ?? Number.NaN);
  }

  #columnOf(key: string): number {
    const column = this.#suite.columns.indexOf(key);
    if (column !== -1) return column;
    const known = this.#suite.columns.filter((one) => indicatorOf(one) === indicatorOf(key));
    throw new TapedeckError('bad-input', `no indicator value ${JSON.stringify(key)}; there are ${known.join(', ')}`);
  }
}

/** `bollinger20-2.5.upper` is the part `upper` of `bollinger20-2.5`. */
function indicatorOf(key: string): string {
  return key.replace(/\.[a-z]+$/, '');
}
