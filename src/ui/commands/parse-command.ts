import { SYMBOL_PATTERN } from '../../market/index.ts';
import type { Interval } from '../../market/index.ts';

/** What a typed line asks for. Nulls are parts that were not given. */
export interface ParsedCommand {
  readonly symbol: string | null;
  /** A function code such as `GP`. */
  readonly code: string | null;
  readonly interval: Interval | null;
  /** Words that fit nothing; the line can't run with any. */
  readonly rest: readonly string[];
}

const INTERVAL_WORDS: Readonly<Record<string, Interval>> = {
  '1': '1m',
  '1M': '1m',
  '5': '5m',
  '5M': '5m',
  '15': '15m',
  '15M': '15m',
  '60': '1h',
  '60M': '1h',
  '1H': '1h',
  H: '1h',
  '1D': '1d',
  D: '1d',
};

/** `5`, `15m`, `1h`, `60`, `d`; null for anything else. */
export function parseInterval(word: string): Interval | null {
  return INTERVAL_WORDS[word.toUpperCase()] ?? null;
}

/** Whether more typing could still make an interval of it: `1` is one and may become `15`. */
export function canBecomeInterval(word: string): boolean {
  const upper = word.toUpperCase();
  return Object.keys(INTERVAL_WORDS).some((known) => known.startsWith(upper));
}

/**
 * Reads `AAPL GP`, `GP AAPL`, `AAPL 5m`, `GP`, `AAPL`. A word that is a function code is one, unless it is the second such
 * word: `W W` is the watchlist function for the ticker W.
 */
export function parseCommand(line: string, codes: ReadonlySet<string>): ParsedCommand {
  let symbol: string | null = null;
  let code: string | null = null;
  let interval: Interval | null = null;
  const rest: string[] = [];
  const words = line.trim().toUpperCase().split(/\s+/).filter(Boolean);
  for (const [index, word] of words.entries()) {
    if (code === null && codes.has(word)) code = word;
    else if (interval === null && index > 0 && parseInterval(word) !== null) interval = parseInterval(word);
    else if (symbol === null && SYMBOL_PATTERN.test(word)) symbol = word;
    else rest.push(word);
  }
  return { symbol, code, interval, rest };
}

/** Symbols out of free text such as a pasted `aapl, msft brk.b`, each once, in order. */
export function parseSymbols(text: string): string[] {
  const words = text.toUpperCase().split(/[\s,;]+/);
  return [...new Set(words.filter((word) => SYMBOL_PATTERN.test(word)))];
}
