import type { GapRecord } from '../../../contract/index.ts';
import { useTerminal } from '../../data/terminal-context.tsx';

interface BackfillActions {
  readonly backfill: (gap: GapRecord) => Promise<GapRecord | null>;
  readonly backfillRange: (range: {
    readonly symbol: string;
    readonly fromMs: number;
    readonly toMs: number;
  }) => Promise<GapRecord | null>;
}

/** Asks for data from the feed's history; whether and how far it comes stands in the gap's row. */
export function useBackfill(): BackfillActions {
  const terminal = useTerminal();
  const tell = (gap: GapRecord | null, what: string): GapRecord | null => {
    if (gap === null) return null;
    const isRefused = gap.backfill.state === 'impossible';
    terminal.notify({
      key: 'backfill',
      level: isRefused ? 'warning' : 'info',
      text: isRefused ? `${what}: ${gap.backfill.note}` : `${what}: backfill ${gap.backfill.state}`,
    });
    return gap;
  };
  return {
    backfill: async ({ id, symbol }) =>
      tell(
        await terminal.attempt('No backfill', (requests) => requests.gaps.backfill({ id })),
        symbol ?? 'All symbols',
      ),
    backfillRange: async (range) =>
      tell(await terminal.attempt('No backfill', (requests) => requests.gaps.backfillRange(range)), range.symbol),
  };
}
