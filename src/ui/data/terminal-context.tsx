import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { Terminal } from './terminal.ts';
import type { TerminalState } from './terminal-state.ts';

export const TerminalContext = createContext<Terminal | null>(null);

export function useTerminal(): Terminal {
  const terminal = use(TerminalContext);
  if (terminal === null) throw new Error('useTerminal outside of TerminalContext');
  return terminal;
}

export function useTerminalState<T>(select: (state: TerminalState) => T): T {
  return useStore(useTerminal().state, select);
}

/** The number of the current connection, or null while there is none: a key for "load again". */
export function useConnectionEpoch(): number | null {
  return useTerminalState(({ connection }) => (connection.phase === 'open' ? connection.epoch : null));
}
