import { isSymbol } from '../../market/index.ts';

/** What becomes of each wanted symbol. */
export interface SymbolPlan {
  readonly streamed: readonly string[];
  /** Beyond the plan's limit: by REST snapshots. */
  readonly polled: readonly string[];
  readonly unknown: readonly string[];
}

export const EMPTY_PLAN: SymbolPlan = { streamed: [], polled: [], unknown: [] };

/** `wanted` in order of importance; `knows` answers null where nobody can tell yet: then the symbol is tried. */
export function planSymbols(
  wanted: readonly string[],
  limit: number | null,
  knows: (symbol: string) => boolean | null,
): SymbolPlan {
  const known: string[] = [];
  const unknown: string[] = [];
  for (const symbol of new Set(wanted)) {
    if (isSymbol(symbol) && knows(symbol) !== false) known.push(symbol);
    else unknown.push(symbol);
  }
  const streamedCount = limit ?? known.length;
  return { streamed: known.slice(0, streamedCount), polled: known.slice(streamedCount), unknown };
}
