const MINUTE_MS = 60_000;

/** Providers whose market data comes late by contract; a delayed plan of a provider is a provider with a name of its own. */
export const PROVIDER_DELAYS_MS: Readonly<Record<string, number>> = { 'alpaca-delayed': 15 * MINUTE_MS };

/** What stands in for the delay of a provider while nobody knows which one it is. */
export const LONGEST_DELAY_MS = Math.max(...Object.values(PROVIDER_DELAYS_MS));

/** How far behind the market what this provider sends is, milliseconds; 0 for one in real time. */
export function providerDelayMs(provider: string): number {
  return PROVIDER_DELAYS_MS[provider] ?? 0;
}
