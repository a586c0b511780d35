import { useEffect } from 'react';
import { useTerminal, useTerminalState } from '../data/terminal-context.tsx';

const REDUCED_MOTION = '(prefers-reduced-motion: reduce)';

/** Cells flash if the settings say so and the system does not ask for less motion. */
export function useFlashing(): void {
  const { ticks } = useTerminal();
  const isWanted = useTerminalState(({ settings }) => settings?.flashCells ?? true);
  useEffect(() => {
    const query = window.matchMedia(REDUCED_MOTION);
    const apply = () => ticks.setFlashing(isWanted && !query.matches);
    apply();
    query.addEventListener('change', apply);
    return () => query.removeEventListener('change', apply);
  }, [ticks, isWanted]);
}
