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

/** The calendar that most of them follow; null when there are none. */
export function commonCalendar(instruments: readonly Instrument[]): CalendarName | null {
  if (instruments.length === 0) return null;
  const open = instruments.filter((instrument) => instrument.calendar === 'always-open').length;
  return open * 2 > instruments.length ? 'always-open' : 'us-equities';
}
