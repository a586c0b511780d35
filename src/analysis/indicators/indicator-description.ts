/**
 * What an indicator's numbers measure, hence where they can be drawn: in the units of the price, from 0 to 100, around zero, or
 * from zero upwards.
 */
export type IndicatorScale = 'price' | 'percent' | 'signed' | 'positive';

/** Enough to draw an indicator without knowing it. */
export interface IndicatorDescription {
  readonly key: string;
  /** As people write it, such as `MACD 12, 26, 9`. */
  readonly title: string;
  readonly scale: IndicatorScale;
  /** Values that readers compare it with, such as 30 and 70. */
  readonly guides: readonly number[];
  readonly lines: readonly {
    /** The key of its numbers in `IndicatorSet.values`. */
    readonly key: string;
    readonly drawing: IndicatorDrawing;
  }[];
}

/** `band` is an outer edge of one, `middle` what it lies around. */
export type IndicatorDrawing = 'line' | 'histogram' | 'band' | 'middle';
