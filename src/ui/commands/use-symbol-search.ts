import { useEffect, useState } from 'react';
import { type Instrument, rankInstruments } from '../../market/index.ts';
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
  return query === '' ? NOTHING : searchShown(result, query, limit);
}

/**
 * What is shown for `query` while `result` is the last answer: until its own comes, that of an older query, so that the list
 * does not blink, but only what fits the new one too, as Enter takes what stands first.
 */
export function searchShown(result: SymbolSearch, query: string, limit: number): SymbolSearch {
  if (result.query === query) return result;
  return { ...result, matches: rankInstruments(result.matches, query, limit), isSearching: true };
}
