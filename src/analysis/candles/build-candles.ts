import type { Bar, CalendarName, Candle, TradeEvent } from '../../market/index.ts';
import { createCandleBuilder } from './candle-book.ts';

/**
 * The candles of all intervals that these events make, by the code that makes them live: bit for bit the same, whatever the
 * order of `events` (of equal exchange time and sequence, the later in the list is the later print). All closed.
 */
export function buildCandles(
  events: readonly TradeEvent[],
  bars: readonly Bar[],
  calendarOf: (symbol: string) => CalendarName,
): readonly Candle[] {
  const builder = createCandleBuilder({
    calendarOf,
    allowedLatenessMs: 0,
    retainPrintsMs: Infinity,
    maxRetainedPrints: Infinity,
  });
  for (const event of events) builder.add(event);
  for (const bar of bars) builder.addBar(bar);
  builder.advanceTo(Infinity);
  return builder.drain().candles;
}
