import type { Trade } from './market-event.ts';
import { providerDelayMs } from './provider-delay.ts';

/** A candle waits this long after its end for prints that are under way. */
export const ALLOWED_LATENESS_MS = 2_000;
const MINUTE_MS = 60_000;

/**
 * Whether a print came when the candle of its minute had been closed without it; what a provider holds back by contract does
 * not count. A function of what the print itself says, so
 * that reading it again says the same; a replay's time of receipt is that of reading the file, which says nothing.
 */
export function isLateTrade(trade: Pick<Trade, 'timeMs' | 'receivedMs' | 'source' | 'provider'>): boolean {
  // Most prints are younger than this, whatever their place in the minute.
  if (trade.receivedMs - trade.timeMs < ALLOWED_LATENESS_MS) return false;
  if (trade.source !== 'live' && trade.source !== 'mock') return false;
  const minuteEndMs = (Math.floor(trade.timeMs / MINUTE_MS) + 1) * MINUTE_MS;
  return trade.receivedMs >= minuteEndMs + ALLOWED_LATENESS_MS + providerDelayMs(trade.provider);
}
