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
