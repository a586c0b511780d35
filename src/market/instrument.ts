/** What a symbol looks like, in capitals. */
export const SYMBOL_PATTERN = /^[A-Z0-9][A-Z0-9./^=-]{0,19}$/;

/** Ends the sentence "... must be". */
export const SYMBOL_DESCRIPTION = 'a ticker such as AAPL, BRK.B or BTC/USD';

/** Which session calendar an instrument follows. */
export type CalendarName = 'us-equities' | 'always-open';

export interface Instrument {
  readonly symbol: string;
  readonly name: string;
  readonly sector: string;
  readonly industry: string;
  readonly exchange: string;
  readonly calendar: CalendarName;
  /** Decimal places that prices are shown with. */
  readonly priceDecimals: number;
}
