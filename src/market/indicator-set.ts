import type { Interval } from './interval.ts';

/**
 * All configured indicators of one candle. Keys are `name` + parameters joined by `-`, with a part where there are several:
 * `sma20`, `ema12`, `rsi14`, `macd12-26-9`, `macd12-26-9.signal`, `macd12-26-9.histogram`,
 * `bollinger20-2.upper`, `bollinger20-2.middle`, `bollinger20-2.lower`, `volatility20`. Missing until warmed up.
 */
export interface IndicatorSet {
  readonly symbol: string;
  readonly interval: Interval;
  readonly openTimeMs: number;
  /** The revision of the candle they were computed from. */
  readonly revision: number;
  readonly isClosed: boolean;
  readonly values: Readonly<Record<string, number>>;
}
