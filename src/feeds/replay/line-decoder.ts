import { basename } from 'node:path';
import { type Bar, isSymbol, type MarketEvent, marketEventFromJson, TapedeckError } from '../../market/index.ts';
import { csvCells } from './csv-cells.ts';
import type { CsvLayout } from './csv-layout.ts';
import { newYorkDayStartMs, parseCsvTime } from './csv-time.ts';
import { isInstrumentLine, isPair } from './instrument-line.ts';

/** One line as an event; null for a line that says nothing by itself. Throws `bad-message` with the reason. */
export type LineDecoder = (text: string, receivedMs: number) => MarketEvent | null;

export const decodeJsonLine: LineDecoder = (text, receivedMs) => {
  if (text.trim() === '' || isInstrumentLine(text)) return null;
  return marketEventFromJson(parseJson(text), { source: 'replay', provider: 'replay', receivedMs });
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new TapedeckError('bad-message', 'not JSON', { cause });
  }
}

export interface CsvDecoderOptions {
  readonly layout: CsvLayout;
  readonly interval: '1m' | '1d';
  /** For files without a symbol column. */
  readonly symbol: string | null;
}

export function csvDecoder({ layout, interval, symbol }: CsvDecoderOptions): LineDecoder {
  const { separator, cellOf } = layout;
  return (text, receivedMs) => {
    if (text.trim() === '') return null;
    const cells = csvCells(text, separator);
    const { timeMs, nanosOfMs } = parseCsvTime(csvTimeText(cells, layout));
    const rowSymbol = symbol ?? readSymbol(cells, cellOf.symbol);
    const open = readPrice(cells, cellOf.open, 'open');
    const high = readPrice(cells, cellOf.high, 'high');
    const low = readPrice(cells, cellOf.low, 'low');
    const close = readPrice(cells, cellOf.close, 'close');
    if (high < Math.max(open, close, low)) throw bad('high', String(high), 'the highest of the four prices');
    if (low > Math.min(open, close)) throw bad('low', String(low), 'the lowest of the four prices');
    return {
      type: 'bar',
      symbol: rowSymbol,
      // A pair trades around the clock and has its days by UTC.
      timeMs: interval === '1d' && !isPair(rowSymbol) ? newYorkDayStartMs(timeMs) : timeMs,
      nanosOfMs,
      source: 'replay',
      provider: 'replay',
      receivedMs,
      interval,
      open,
      high,
      low,
      close,
      volume: readVolume(cells, cellOf.volume),
      vwap: null,
      tradeCount: 0,
      isUpdate: false,
    } satisfies Bar;
  };
}

/** Date and time where they have a column each. */
export function csvTimeText(cells: readonly string[], { cellOf }: CsvLayout): string {
  const date = cellOf.date < 0 ? '' : (cells[cellOf.date] ?? '').trim();
  const time = cellOf.time < 0 ? '' : (cells[cellOf.time] ?? '').trim();
  return date === '' || time === '' ? date + time : `${date} ${time}`;
}

function readSymbol(cells: readonly string[], cell: number): string {
  const symbol = (cells[cell] ?? '').trim().toUpperCase();
  if (!isSymbol(symbol)) throw bad('symbol', symbol, 'a ticker such as AAPL, BRK.B or BTC/USD');
  return symbol;
}

function readPrice(cells: readonly string[], cell: number, field: string): number {
  const text = (cells[cell] ?? '').trim();
  const value = Number(text);
  if (text === '' || !(value > 0 && value < Infinity)) throw bad(field, text, 'a positive number');
  return value;
}

function readVolume(cells: readonly string[], cell: number): number {
  const text = cell < 0 ? '' : (cells[cell] ?? '').trim();
  const value = Number(text);
  if (!(value >= 0 && value < Infinity)) throw bad('volume', text, 'a number of at least 0');
  return value;
}

function bad(field: string, text: string, expected: string): TapedeckError {
  return new TapedeckError('bad-message', `${field}: expected ${expected}, got ${JSON.stringify(text.slice(0, 40))}`);
}

export function isCsvFile(file: string, firstLine: string): boolean {
  const name = basename(file).toLowerCase();
  if (/\.csv(\.gz)?$/.test(name)) return true;
  return !/\.(ndjson|jsonl|json)(\.gz)?$/.test(name) && !firstLine.trimStart().startsWith('{');
}
