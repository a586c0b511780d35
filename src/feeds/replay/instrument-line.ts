import { type Instrument, TapedeckError } from '../../market/index.ts';

const START = '{"type":"instrument"';

/**
 * A recording says of each symbol, before its first event, what the feed knew of it: without its session calendar a replay
 * could not cut the same daily candles.
 */
export function instrumentToLine(instrument: Instrument): string {
  return JSON.stringify({ type: 'instrument', ...instrument });
}

export function isInstrumentLine(text: string): boolean {
  return text.startsWith(START);
}

/** Throws `bad-message`. */
export function instrumentFromLine(text: string): Instrument {
  let parsed: Partial<Record<keyof Instrument, unknown>>;
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch (cause) {
    throw new TapedeckError('bad-message', 'not JSON', { cause });
  }
  const { calendar, priceDecimals } = parsed;
  if (calendar !== 'us-equities' && calendar !== 'always-open') throw bad('calendar');
  if (typeof priceDecimals !== 'number' || !(priceDecimals >= 0 && priceDecimals <= 12)) throw bad('priceDecimals');
  return {
    symbol: textOf(parsed, 'symbol'),
    name: textOf(parsed, 'name'),
    sector: textOf(parsed, 'sector'),
    industry: textOf(parsed, 'industry'),
    exchange: textOf(parsed, 'exchange'),
    calendar,
    priceDecimals,
  };
}

/** A pair of currencies, whatever a file shows of it. */
export function isPair(symbol: string): boolean {
  return symbol.includes('/');
}

function textOf(parsed: Partial<Record<keyof Instrument, unknown>>, field: keyof Instrument): string {
  const value = parsed[field];
  if (typeof value !== 'string') throw bad(field);
  return value;
}

function bad(field: string): TapedeckError {
  return new TapedeckError('bad-message', `instrument line: ${field} is missing or wrong`);
}
