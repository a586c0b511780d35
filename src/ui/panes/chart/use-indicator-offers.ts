import { useEffect, useMemo, useState } from 'react';
import type { IndicatorDescription } from '../../../contract/index.ts';
import { useConnectionEpoch, useTerminal } from '../../data/terminal-context.tsx';

interface IndicatorOffers {
  readonly offered: readonly IndicatorDescription[];
  /** The chosen ones; null until the host has said what they are. One that there is not (any more) is left out. */
  readonly chosen: readonly IndicatorDescription[] | null;
}

/** What the host can compute, and how to draw what this chart has chosen of it. */
export function useIndicatorOffers(keys: readonly string[] | null): IndicatorOffers {
  const terminal = useTerminal();
  const epoch = useConnectionEpoch();
  const [answer, setAnswer] = useState<{
    readonly keys: ReadonlySet<string>;
    readonly offered: readonly IndicatorDescription[];
    readonly described: readonly IndicatorDescription[];
    /** The connection that gave no answer: the next one is asked again. */
    readonly failedEpoch: number | null;
  } | null>(null);
  const isAnswered =
    keys === null ||
    (answer !== null &&
      keys.every((key) => answer.keys.has(key)) &&
      (answer.failedEpoch === null || answer.failedEpoch === epoch));
  useEffect(() => {
    if (epoch === null || keys === null || isAnswered) return undefined;
    let isCurrent = true;
    const ask = async () => {
      const found = await terminal.attempt('Indicators were not read', (requests) =>
        requests.candles.indicators({ keys: [...keys] }),
      );
      if (!isCurrent) return;
      // Without an answer the chart goes on without indicators.
      const { offered, described } = found ?? { offered: [], described: [] };
      const answered = new Set([...keys, ...offered.map(({ key }) => key)]);
      setAnswer({ keys: answered, offered, described, failedEpoch: found === null ? epoch : null });
    };
    void ask();
    return () => {
      isCurrent = false;
    };
  }, [terminal, epoch, keys, isAnswered]);
  return useMemo(() => {
    if (answer === null || keys === null || !isAnswered) return { offered: answer?.offered ?? [], chosen: null };
    const known = new Map(
      [...answer.described, ...answer.offered].map((description) => [description.key, description]),
    );
    return { offered: answer.offered, chosen: [...new Set(keys)].flatMap((key) => known.get(key) ?? []) };
  }, [answer, keys, isAnswered]);
}
