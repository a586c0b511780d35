import { useCallback, useEffect, useRef, useState } from 'react';
import type { RequestsClient } from '../transports/host-connection.ts';
import { describeError } from './terminal.ts';
import { useConnectionEpoch, useTerminal } from './terminal-context.tsx';

export interface RecordPage<T> {
  readonly rows: readonly T[];
  /** How many there are altogether. */
  readonly total: number;
}

/** `after` is the last row of the page before, null for the first page. */
export type LoadRecords<T> = (requests: RequestsClient, after: T | null) => Promise<RecordPage<T>>;

export interface Records<T> {
  /** Null until the first page came. */
  readonly page: RecordPage<T> | null;
  /** Why the last reading failed; null where it did not. */
  readonly problem: string | null;
  readonly isOffline: boolean;
  /** Reads the first page anew and drops the others. */
  readonly reload: () => void;
  readonly loadMore: () => void;
  /** Puts a row as it stands now in the place of what is shown. */
  readonly replace: (row: T) => void;
}

const REFRESH_MS = 5_000;

/**
 * A list that the host has more of than a window needs: page by page as the user goes down, the first page read anew every few
 * seconds while the user is in it. `load` changes with what is asked for.
 */
export function useRecords<T>(load: LoadRecords<T>, keyOf: (row: T) => string): Records<T> {
  const terminal = useTerminal();
  const epoch = useConnectionEpoch();
  const [page, setPage] = useState<RecordPage<T> | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  /** Of the readings under way only the last one asked for counts. */
  const asked = useRef(0);
  const pagesShown = useRef(0);
  const isLoadingMore = useRef(false);

  const reload = useCallback(() => {
    const turn = ++asked.current;
    const read = async () => {
      try {
        const first = await load(terminal.requests(), null);
        if (turn !== asked.current) return;
        pagesShown.current = 1;
        setPage(first);
        setProblem(null);
      } catch (error) {
        if (turn === asked.current) setProblem(describeError(error));
      }
    };
    void read();
  }, [terminal, load]);

  useEffect(() => {
    if (epoch === null) return undefined;
    const turn = asked;
    reload();
    const timer = setInterval(() => {
      if (pagesShown.current <= 1 && !terminal.isHidden()) reload();
    }, REFRESH_MS);
    return () => {
      turn.current++;
      clearInterval(timer);
    };
  }, [terminal, epoch, reload]);

  const loadMore = useCallback(() => {
    const last = page?.rows.at(-1);
    if (page === null || last === undefined || page.rows.length >= page.total || isLoadingMore.current) return;
    isLoadingMore.current = true;
    const turn = ++asked.current;
    const read = async () => {
      try {
        const next = await load(terminal.requests(), last);
        if (turn !== asked.current) return;
        pagesShown.current++;
        const known = new Set(page.rows.map(keyOf));
        setPage({ rows: [...page.rows, ...next.rows.filter((row) => !known.has(keyOf(row)))], total: next.total });
        setProblem(null);
      } catch (error) {
        if (turn === asked.current) setProblem(describeError(error));
      } finally {
        isLoadingMore.current = false;
      }
    };
    void read();
  }, [terminal, load, keyOf, page]);

  const replace = useCallback(
    (row: T) => {
      const key = keyOf(row);
      setPage((shown) =>
        shown === null ? null : { ...shown, rows: shown.rows.map((known) => (keyOf(known) === key ? row : known)) },
      );
    },
    [keyOf],
  );
  return { page, problem, isOffline: epoch === null, reload, loadMore, replace };
}
