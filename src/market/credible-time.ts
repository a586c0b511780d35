import type { MarketEvent } from './market-event.ts';
import { providerDelayMs } from './provider-delay.ts';

/** What the clocks of an exchange and of the receiving machine may differ by before a time is taken for false. */
const MAX_AHEAD_MS = 10_000;

/** The time that an event tells, as far as it can be true: what claims to come from tomorrow must not stand until then. */
export function credibleTimeMs(event: Pick<MarketEvent, 'timeMs' | 'source' | 'provider' | 'receivedMs'>): number {
  return Math.min(event.timeMs, latestCredibleMs(event));
}

/**
 * The latest exchange time, epoch milliseconds, that this event can truthfully tell: of a live one ten seconds more than when it
 * was received, less its provider's delay. Infinity for all others, as received says nothing of their time.
 */
export function latestCredibleMs(event: Pick<MarketEvent, 'source' | 'provider' | 'receivedMs'>): number {
  const { source, provider, receivedMs } = event;
  return source === 'live' ? receivedMs - providerDelayMs(provider) + MAX_AHEAD_MS : Infinity;
}
