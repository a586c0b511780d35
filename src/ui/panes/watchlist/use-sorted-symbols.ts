import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { useTerminal } from '../../data/terminal-context.tsx';
import { mayResort, RESORT_INTERVAL_MS, type SortChoice, sortSymbols } from './sorted-order.ts';
import { sortValue } from './watchlist-columns.tsx';

/** What holds the rows still: kept in a ref, because a moving pointer is no reason to draw. */
export interface SortHold {
  isHovered: boolean;
  lastKeyMs: number;
}

/**
 * The order of rows: the list's own, or sorted and then kept until nobody looks at a row closely. A change of the list or of
 * the sort takes effect at once.
 */
export function useSortedSymbols(
  symbols: readonly string[],
  sort: SortChoice | null,
  hold: RefObject<SortHold>,
): readonly string[] {
  const terminal = useTerminal();
  const [round, setRound] = useState(0);
  const lastSortMs = useRef(0);
  const order = useMemo(
    () => {
      const { instruments } = terminal.state.getState();
      return sortSymbols(symbols, sort, (symbol, column) =>
        sortValue(terminal.ticks, symbol, column, instruments[symbol]?.name ?? symbol),
      );
    },
    // `round` stands for the prices, which React does not see.
    // oxlint-disable-next-line react/exhaustive-deps
    [terminal, symbols, sort, round],
  );
  useEffect(() => {
    lastSortMs.current = performance.now();
  }, [order]);
  useEffect(() => {
    if (sort === null) return undefined;
    const timer = setInterval(() => {
      const nowMs = performance.now();
      const { isHovered, lastKeyMs } = hold.current;
      if (mayResort({ nowMs, lastSortMs: lastSortMs.current, lastKeyMs, isHovered })) setRound((count) => count + 1);
    }, RESORT_INTERVAL_MS / 4);
    return () => clearInterval(timer);
  }, [sort, hold]);
  return order;
}
