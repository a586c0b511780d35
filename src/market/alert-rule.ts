import type { Interval } from './interval.ts';

/** What a rule watches. Percentages are in percent (2.5 = 2.5 %). */
export type AlertCondition =
  | { readonly kind: 'price-above'; readonly price: number }
  | { readonly kind: 'price-below'; readonly price: number }
  | { readonly kind: 'price-crossing'; readonly price: number }
  | { readonly kind: 'percent-change'; readonly percent: number; readonly windowMs: number }
  | { readonly kind: 'rsi-above'; readonly level: number; readonly interval: Interval }
  | { readonly kind: 'rsi-below'; readonly level: number; readonly interval: Interval }
  | { readonly kind: 'volatility-above'; readonly level: number; readonly interval: Interval }
  | { readonly kind: 'volume-above-average'; readonly percent: number; readonly interval: Interval };

export type AlertConditionKind = AlertCondition['kind'];

export interface AlertRule {
  /** UUID. */
  readonly id: string;
  /** A symbol, or `*` for every subscribed symbol. */
  readonly symbol: string;
  readonly condition: AlertCondition;
  readonly isEnabled: boolean;
  /** After firing, quiet for this long even if it crosses again. */
  readonly cooldownMs: number;
  /** How far the value must go back, in percent of the level, before the rule arms again. */
  readonly hysteresisPercent: number;
  readonly note: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}
