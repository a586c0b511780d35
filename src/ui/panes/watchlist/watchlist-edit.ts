import type { Watchlist } from '../../../contract/index.ts';

/** How many symbols one list may hold (the contract refuses more). */
const MAX_SYMBOLS = 2_000;

/** New symbols go to the end, or before `before`; ones already there stay where they are. */
export function addSymbols(list: Watchlist, symbols: readonly string[], before?: string): Watchlist {
  const known = new Set(list.symbols);
  const fresh = [...new Set(symbols)]
    .filter((symbol) => !known.has(symbol))
    .slice(0, MAX_SYMBOLS - list.symbols.length);
  if (fresh.length === 0) return list;
  const at = before === undefined ? -1 : list.symbols.indexOf(before);
  if (at < 0) return { ...list, symbols: [...list.symbols, ...fresh] };
  return { ...list, symbols: [...list.symbols.slice(0, at), ...fresh, ...list.symbols.slice(at)] };
}

export function removeSymbol(list: Watchlist, symbol: string): Watchlist {
  return { ...list, symbols: list.symbols.filter((known) => known !== symbol) };
}

/** One place up (-1) or down (+1); at the end it stays. */
export function nudgeSymbol(list: Watchlist, symbol: string, step: -1 | 1): Watchlist {
  const from = list.symbols.indexOf(symbol);
  const to = from + step;
  if (from < 0 || to < 0 || to >= list.symbols.length) return list;
  const symbols = [...list.symbols];
  symbols.splice(from, 1);
  symbols.splice(to, 0, symbol);
  return { ...list, symbols };
}

/** Puts `symbol` before `target`, or last when `target` is null. */
export function moveSymbolBefore(list: Watchlist, symbol: string, target: string | null): Watchlist {
  if (symbol === target || !list.symbols.includes(symbol)) return list;
  const others = list.symbols.filter((known) => known !== symbol);
  const at = target === null ? others.length : others.indexOf(target);
  if (at < 0) return list;
  return { ...list, symbols: [...others.slice(0, at), symbol, ...others.slice(at)] };
}

/** A name no other list has: `Tech`, `Tech 2`, `Tech 3`. */
export function freeName(lists: readonly Watchlist[], wanted: string): string {
  const taken = new Set(lists.map(({ name }) => name.toLowerCase()));
  if (!taken.has(wanted.toLowerCase())) return wanted;
  for (let number = 2; ; number++) {
    const name = `${wanted} ${number}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}
