import type { RoleContext } from '../role-context.ts';
import { isChartClient } from '../chart-client.ts';

export interface WantedSymbols {
  /** Most important first: what is on a chart, what desks watch, what the configuration names. */
  readonly symbols: readonly string[];
  /** Those on a chart, which need a long history. */
  readonly charted: ReadonlySet<string>;
}

/** The union of the live leases and the configured symbols. */
export async function readWantedSymbols(context: Pick<RoleContext, 'options' | 'sharedClock'>): Promise<WantedSymbols> {
  const { store, symbols } = context.options;
  const subscriptions = await store.liveSubscriptions(context.sharedClock.now());
  const charted = new Set(subscriptions.filter((one) => isChartClient(one.client)).map((one) => one.symbol));
  const ordered = new Set(charted);
  for (const one of subscriptions) ordered.add(one.symbol);
  for (const symbol of symbols) ordered.add(symbol);
  return { symbols: [...ordered], charted };
}

export function isSameWish(a: WantedSymbols, b: WantedSymbols): boolean {
  return (
    a.symbols.length === b.symbols.length &&
    a.charted.size === b.charted.size &&
    a.symbols.every((symbol, index) => symbol === b.symbols[index])
  );
}
