import type { AlertCondition } from './alert-rule.ts';

export interface Alert {
  /** Deterministic (rule, symbol and triggering event), so that a re-run of the same input is the same alert. */
  readonly id: string;
  readonly ruleId: string;
  readonly symbol: string;
  readonly condition: AlertCondition;
  /** Exchange time of the event that fired it. */
  readonly timeMs: number;
  readonly price: number;
  /** The watched value when it fired: price, percent, RSI, ... */
  readonly value: number;
  /** One line for people: `AAPL above 190.00: 190.12`. */
  readonly message: string;
}
