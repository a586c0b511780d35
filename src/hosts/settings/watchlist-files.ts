import { z } from 'zod';
import { symbolSchema, watchlistSchema } from '../../contract/index.ts';
import type { Watchlist } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { csvLine, parseCsv } from '../csv.ts';

export type WatchlistFormat = 'csv' | 'json';

export interface ImportedWatchlists {
  readonly lists: readonly { readonly name: string; readonly symbols: string[] }[];
  /** What could not be used, each as a sentence with its place. */
  readonly rejected: readonly string[];
}

export function exportWatchlists(lists: readonly Watchlist[], format: WatchlistFormat): string {
  if (format === 'json') {
    return `${JSON.stringify({ watchlists: lists.map(({ name, symbols }) => ({ name, symbols })) }, null, 2)}\n`;
  }
  const rows = lists.flatMap((list) => list.symbols.map((symbol) => csvLine([list.name, symbol])));
  return [csvLine(['watchlist', 'symbol']), ...rows, ''].join('\n');
}

/** `fallbackName` names the list of a file that does not name any. Throws `bad-input` for a file without a symbol. */
export function importWatchlists(text: string, format: WatchlistFormat, fallbackName: string): ImportedWatchlists {
  const gathered = new Map<string, string[]>();
  const rejected: string[] = [];
  const add = (listName: string, symbolText: string, place: string): void => {
    const name = watchlistSchema.shape.name.safeParse(listName === '' ? fallbackName : listName);
    const symbol = symbolSchema.safeParse(symbolText);
    if (!name.success) rejected.push(`${place}: ${JSON.stringify(listName)} is no name for a list`);
    else if (!symbol.success) rejected.push(`${place}: ${JSON.stringify(symbolText)} is not a ticker`);
    else gathered.set(name.data, [...(gathered.get(name.data) ?? []), symbol.data]);
  };
  if (format === 'json') readJson(text, add);
  else readCsv(text, add);
  if (gathered.size === 0 && rejected.length === 0) throw new TapedeckError('bad-input', 'the file holds no symbols');
  return { lists: [...gathered].map(([name, symbols]) => ({ name, symbols })), rejected };
}

type AddSymbol = (listName: string, symbol: string, place: string) => void;

function readCsv(text: string, add: AddSymbol): void {
  const [first = [], ...rest] = parseCsv(text);
  const header = first.map((cell) => cell.trim().toLowerCase());
  const symbolAt = header.findIndex((cell) => cell === 'symbol' || cell === 'ticker');
  // Not `name`: brokers head a column of companies with it.
  const listAt = header.findIndex((cell) => cell === 'watchlist' || cell === 'list');
  const isOneLine = symbolAt < 0 && rest.every((row) => row.every((cell) => cell.trim() === ''));
  // `AAPL,MSFT,NVDA` is a list too; on several lines what follows the symbol is about it.
  const rows = isOneLine ? first.map((cell) => [cell]) : symbolAt < 0 ? [first, ...rest] : rest;
  for (const [index, row] of rows.entries()) {
    if (row.every((cell) => cell.trim() === '')) continue;
    const line = isOneLine ? 1 : index + (symbolAt < 0 ? 1 : 2);
    add(symbolAt < 0 || listAt < 0 ? '' : (row[listAt] ?? '').trim(), row[Math.max(symbolAt, 0)] ?? '', `line ${line}`);
  }
}

const listShape = z.object({ name: z.string().default(''), symbols: z.array(z.string()) });
const fileShape = z.union([
  z.object({ watchlists: z.array(listShape) }).transform((file) => file.watchlists),
  z.array(z.string()).transform((symbols) => [{ name: '', symbols }]),
  z.array(listShape),
  listShape.transform((list) => [list]),
]);

function readJson(text: string, add: AddSymbol): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TapedeckError('bad-input', `the file is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = fileShape.safeParse(value);
  if (!parsed.success) throw new TapedeckError('bad-input', 'the file must be a list of symbols or of watchlists');
  for (const list of parsed.data) {
    for (const [index, symbol] of list.symbols.entries())
      add(list.name.trim(), symbol, `${list.name || 'symbol'} ${index + 1}`);
  }
}
