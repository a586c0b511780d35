import { useEffect, useState } from 'react';
import type { Instrument } from '../../market/index.ts';
import { describeError } from '../data/terminal.ts';
import { useTerminal } from '../data/terminal-context.tsx';

const DEBOUNCE_MS = 90;

export interface SymbolSearch {
  readonly query: string;
  readonly matches: readonly Instrument[];
  readonly isSearching: boolean;
  readonly error: string | null;
}

const NOTHING: SymbolSearch = { query: '', matches: [], isSearching: false, error: null };

/** Symbols that fit what is being typed: asked for once typing rests, and an answer to an older question is dropped. */
export function useSymbolSearch(query: string, limit = 8): SymbolSearch {
  const terminal = useTerminal();
  const [result, setResult] = useState<SymbolSearch>(NOTHING);
  useEffect(() => {
    if (query === '') return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const ask = async () => {
        try {
          const matches = await terminal.requests().symbols.search({ query, limit }, { signal: abort.signal });
          if (!abort.signal.aborted) setResult({ query, matches, isSearching: false, error: null });
        } catch (error) {
          if (!abort.signal.aborted) {
            setResult({ query, matches: [], isSearching: false, error: describeError(error) });
          }
        }
      };
      void ask();
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [terminal, query, limit]);
  if (query === '') return NOTHING;
  // The last matches stay in place while the next ones are on their way, so that the list does not blink.
  return result.query === query ? result : { ...result, isSearching: true };
}
