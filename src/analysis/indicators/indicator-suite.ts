import { BEFORE_PREVIOUS, CANDLES, CLOSE, type Indicator, PREVIOUS, SHARED_LENGTH } from './indicator.ts';
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
export interface IndicatorPeriods {
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

export function indicatorKeys(periods: IndicatorPeriods): readonly string[] {
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

/** One indicator of a suite: objects of one shape, so that the two calls below stay fast whatever is behind them. */
interface Part extends Pick<Indicator, 'settle' | 'write'> {
  /** Where its state begins. */
  readonly at: number;
  readonly column: number;
}

/** What all suites of the same keys share; only numbers are kept per series. */
interface Plan {
  readonly columns: readonly string[];
  readonly parts: readonly Part[];
  readonly stateLength: number;
}

const plans = new Map<string, Plan>();

function planOf(keys: readonly string[]): Plan {
  const name = keys.join(' ');
  let plan = plans.get(name);
  if (plan === undefined) {
    plan = createPlan(keys);
    plans.set(name, plan);
  }
  return plan;
}

function createPlan(keys: readonly string[]): Plan {
  const named = keys.map(createIndicator);
  let stateLength = SHARED_LENGTH;
  let column = 0;
  const parts = named.map(({ indicator: { settle, write, stateLength: length, width } }): Part => {
    const part = { settle, write, at: stateLength, column };
    stateLength += length;
    column += width;
    return part;
  });
  return { columns: named.flatMap(({ columns }) => columns), parts, stateLength };
}

class Suite implements IndicatorSuite {
  readonly #plan: Plan;
  readonly #state: Float64Array;

  constructor(keys: readonly string[]) {
    this.#plan = planOf(keys);
    this.#state = new Float64Array(this.#plan.stateLength);
  }

  get columns(): readonly string[] {
    return this.#plan.columns;
  }

  add(close: number): void {
    const state = this.#state;
    const candles = state[CANDLES] ?? 0;
    state[CANDLES] = candles + 1;
    state[BEFORE_PREVIOUS] = state[PREVIOUS] ?? 0;
    state[PREVIOUS] = state[CLOSE] ?? 0;
    state[CLOSE] = close;
    if (candles === 0) return;
    for (const part of this.#plan.parts) part.settle(state, part.at);
  }

  replace(close: number): void {
    this.#state[CLOSE] = close;
  }

  write(out: Float64Array, outAt: number): void {
    for (const part of this.#plan.parts) part.write(this.#state, part.at, out, outAt + part.column);
  }

  values(): Readonly<Record<string, number>> {
    const { columns } = this.#plan;
    const row = new Float64Array(columns.length);
    const values: Record<string, number> = {};
    this.write(row, 0);
    for (let column = 0; column < columns.length; column++) {
      const value = row[column] ?? Number.NaN;
      if (!Number.isNaN(value)) values[columns[column] ?? ''] = value;
    }
    return values;
  }
}
