import { useEffect, useState } from 'react';
import type { PipelineHealth } from '../../../contract/index.ts';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';

const ASK_EVERY_MS = 1_000;

/** What the pipeline says of its hosts, asked for each second while the pane is open; null until it says something. */
export function useHealth(): PipelineHealth | null {
  const terminal = useTerminal();
  const isConnected = useTerminalState((state) => state.connection.phase === 'open');
  const [health, setHealth] = useState<PipelineHealth | null>(null);
  useEffect(() => {
    if (!isConnected) return undefined;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const answer = await terminal.requests().health();
        if (!isOver && answer !== null) setHealth(answer);
      } catch {
        // The line is gone, which the window says itself, or the host is of an older version: the last answer stays.
      }
      if (!isOver) timer = setTimeout(() => void ask(), ASK_EVERY_MS);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [terminal, isConnected]);
  return health;
}
