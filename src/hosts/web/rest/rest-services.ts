import type { StatusSnapshot } from '../../../contract/index.ts';
import type { Desk } from '../../../pipeline/pipeline.ts';
import type { QueryStore } from '../../../store/store.ts';
import type { SettingsStore } from '../../settings/settings-store.ts';
import { unknownSymbol } from './problem.ts';

/** What the REST resources answer from. */
export interface RestServices {
  /** Throws a retryable error while the pipeline is not up, `unsupported` where nobody serves. */
  desk(): Desk;
  findInstrument(symbol: string): ReturnType<Desk['findInstrument']>;
  /** As `desk`. */
  store(): QueryStore;
  status(): StatusSnapshot;
  /** Subscribes what the watchlists hold now. */
  applyWatchlists(): Promise<void>;
  readonly settings: SettingsStore;
}

/** Throws `unknown-symbol` for the first of them that nobody knows. */
export async function requireSymbols(services: RestServices, symbols: readonly string[]): Promise<void> {
  for (const symbol of symbols) await requireKnown(services, symbol, true);
}

/** An empty answer about a symbol nobody knows is a 404 with near names, not an empty list. */
export async function requireKnown(services: RestServices, symbol: string, isEmpty: boolean): Promise<void> {
  if (!isEmpty) return;
  const { instrument, suggestions } = await services.findInstrument(symbol);
  if (instrument === null) throw unknownSymbol(symbol, suggestions);
}
