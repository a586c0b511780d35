import { type Candle, type CandleSource, INTERVALS } from '../../market/index.ts';
import { ORIGIN, ROW_LENGTH, appendRow, candleOf, clearRow, copyRow, originOf } from './candle-row.ts';
import { MINUTE_MS } from './hour-table.ts';

const scratch = new Float64Array(ROW_LENGTH);

/**
 * The latest minute of a lane, and for each longer candle that holds it the sum of everything before: what nearly every
 * change needs and nothing else, in one array. Good as long as only that minute changes.
 */
export class CandleHead {
  /** Whole minutes since 1970. */
  readonly minute: number;
  isDirty = false;
  /** By interval, the first of them unused: a minute has nothing before it. */
  readonly #before = new Float64Array(INTERVALS.length * ROW_LENGTH);
  /** By interval: open time and end in milliseconds. */
  readonly #bounds: Float64Array;
  readonly #rows: Float64Array;
  readonly #rowAt: number;

  /** `rows` holds the minute's own row, kept up to date by whoever folds its prints. */
  constructor(
    minuteMs: number,
    bounds: readonly (readonly [startMs: number, endMs: number])[],
    before: readonly Float64Array[],
    rows: Float64Array,
    rowAt: number,
  ) {
    this.minute = minuteMs / MINUTE_MS;
    this.#bounds = Float64Array.from(bounds.flat());
    clearRow(this.#before, 0);
    for (const [index, row] of before.entries()) this.#before.set(row, (index + 1) * ROW_LENGTH);
    this.#rows = rows;
    this.#rowAt = rowAt;
  }

  collect(symbol: string, watermarkMs: number, candles: Candle[]): void {
    this.isDirty = false;
    for (let interval = 0; interval < INTERVALS.length; interval++) {
      copyRow(scratch, this.#before, interval * ROW_LENGTH);
      appendRow(scratch, 0, this.#rows, this.#rowAt);
      const isClosed = (this.#bounds[interval * 2 + 1] ?? 0) <= watermarkMs;
      const source: CandleSource = originOf(scratch[ORIGIN] ?? 0);
      const openTimeMs = this.#bounds[interval * 2] ?? 0;
      const candle = candleOf(scratch, symbol, INTERVALS[interval] ?? '1m', openTimeMs, isClosed, source);
      if (candle !== null) candles.push(candle);
    }
  }
}
