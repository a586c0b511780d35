import { basename } from 'node:path';
import { type Instrument, type MarketEvent, TapedeckError, fileError, sessionCalendar } from '../../market/index.ts';
import { csvCells } from './csv-cells.ts';
import { type CsvLayout, csvLayoutOf, symbolOfFileName } from './csv-layout.ts';
import { parseCsvTime } from './csv-time.ts';
import { instrumentFromLine, isInstrumentLine, isPair } from './instrument-line.ts';
import { csvDecoder, csvTimeText, decodeJsonLine, isCsvFile, type LineDecoder } from './line-decoder.ts';
import { FILE_START, readLines } from './line-reader.ts';
import { type FileIdentity, fileIdentity } from './resume-token.ts';

const SCANNED_LINES = 20_000;
/** Bars further apart are daily ones; a day may lose an hour to the change of clocks. */
const DAILY_SPACING_MS = 20 * 3_600_000;
/** Above this share of prints and bars outside all US sessions a symbol trades around the clock. */
const ALWAYS_OPEN_SHARE = 0.05;

export interface ReplayFileOptions {
  readonly file: string;
  /** Names of the cells of a CSV file, in their order; null to read them from its first line. */
  readonly columns: string | null;
  /** Only these are replayed; all when empty. */
  readonly symbols: readonly string[];
}

/** What a look at the first lines tells. */
export interface ReplayFile {
  readonly identity: FileIdentity;
  readonly decode: LineDecoder;
  /** 1-based number of the line with the names of the columns; null where there is none. */
  readonly headerLine: number | null;
  readonly instruments: ReadonlyMap<string, Instrument>;
}

/** Throws `not-found` or `read-only` for a file that cannot be read, `bad-config` for columns that cannot be told. */
export async function openReplayFile(options: ReplayFileOptions): Promise<ReplayFile> {
  try {
    const identity = await fileIdentity(options.file, [options.columns, options.symbols.toSorted()]);
    const lines = await firstLines(options.file);
    const first = lines.find((line) => line.trim() !== '') ?? '';
    if (!isCsvFile(options.file, first)) {
      return { identity, decode: decodeJsonLine, headerLine: null, instruments: instrumentsIn(lines, decodeJsonLine) };
    }
    const layout = csvLayoutOf(first, options.columns, basename(options.file));
    const symbol = layout.cellOf.symbol < 0 ? soleSymbol(options) : null;
    const headerLine = layout.hasHeader ? lines.indexOf(first) + 1 : null;
    const rows = lines.slice(headerLine ?? 0);
    const decode = csvDecoder({ layout, interval: intervalOf(rows, layout), symbol });
    return { identity, decode, headerLine, instruments: instrumentsIn(rows, decode) };
  } catch (error) {
    throw replayFileError(error, options.file);
  }
}

/** What kind of trouble a file is in, in the user's words. */
export function replayFileError(error: unknown, file: string): TapedeckError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) return new TapedeckError('corrupt', `${file} is not gzip data`, { cause: error });
  return fileError(error, file);
}

/** A symbol of which nothing is known but its events. */
export function plainInstrument(symbol: string, calendar: Instrument['calendar']): Instrument {
  return { symbol, name: symbol, sector: '', industry: '', exchange: '', calendar, priceDecimals: 2 };
}

async function firstLines(file: string): Promise<readonly string[]> {
  const texts: string[] = [];
  try {
    for await (const block of readLines(file, FILE_START)) {
      for (const line of block) texts.push(line.text);
      if (texts.length >= SCANNED_LINES) break;
    }
  } catch (error) {
    // A compressed recording whose writer was killed is readable up to there.
    if (texts.length === 0) throw error;
  }
  return texts;
}

function soleSymbol({ symbols, file }: ReplayFileOptions): string {
  const [given] = symbols;
  if (given !== undefined && symbols.length === 1) return given;
  const named = symbolOfFileName(file);
  if (symbols.length === 0 && named !== null) return named;
  throw new TapedeckError('bad-config', `${basename(file)} has no symbol column; name its symbol with --symbols`);
}

function intervalOf(rows: readonly string[], layout: CsvLayout): '1m' | '1d' {
  const latest = new Map<string, number>();
  let spacingMs = Infinity;
  let isDateOnly = rows.length > 0;
  for (const row of rows) {
    try {
      const cells = csvCells(row, layout.separator);
      const time = parseCsvTime(csvTimeText(cells, layout));
      const symbol = cells[layout.cellOf.symbol] ?? '';
      const apartMs = Math.abs(time.timeMs - (latest.get(symbol) ?? Number.NaN));
      if (apartMs > 0) spacingMs = Math.min(spacingMs, apartMs);
      latest.set(symbol, time.timeMs);
      isDateOnly &&= time.isDateOnly;
    } catch (error) {
      // A bad row says nothing about the interval; the replay reports it when it comes to it.
      if (!(error instanceof TapedeckError)) throw error;
    }
  }
  return isDateOnly || (spacingMs >= DAILY_SPACING_MS && spacingMs < Infinity) ? '1d' : '1m';
}

function instrumentsIn(lines: readonly string[], decode: LineDecoder): ReadonlyMap<string, Instrument> {
  const stated = new Map<string, Instrument>();
  const prints = new Map<string, { total: number; closed: number }>();
  for (const text of lines) {
    try {
      const instrument = isInstrumentLine(text) ? instrumentFromLine(text) : null;
      if (instrument !== null) stated.set(instrument.symbol, instrument);
      const event = decode(text, 0);
      if (event !== null) countPrint(event, prints);
    } catch (error) {
      // As above: the replay reports it.
      if (!(error instanceof TapedeckError)) throw error;
    }
  }
  const instruments = new Map<string, Instrument>();
  for (const [symbol, { total, closed }] of prints) {
    const isAlwaysOpen = isPair(symbol) || closed > total * ALWAYS_OPEN_SHARE;
    instruments.set(symbol, plainInstrument(symbol, isAlwaysOpen ? 'always-open' : 'us-equities'));
  }
  for (const [symbol, instrument] of stated) instruments.set(symbol, instrument);
  return instruments;
}

function countPrint(event: MarketEvent, prints: Map<string, { total: number; closed: number }>): void {
  let count = prints.get(event.symbol);
  if (count === undefined) {
    count = { total: 0, closed: 0 };
    prints.set(event.symbol, count);
  }
  const isOutside = isOutsideSessions(event);
  if (isOutside === null) return;
  count.total += 1;
  if (isOutside) count.closed += 1;
}

/** Whether US stocks do not trade then; null for an event that says nothing about that. */
function isOutsideSessions(event: MarketEvent): boolean | null {
  const calendar = sessionCalendar('us-equities');
  if (event.type === 'bar' && event.interval === '1d') return calendar.tradingDay(event.timeMs) === null;
  return event.type === 'trade' || event.type === 'bar' ? calendar.phaseAt(event.timeMs) === 'closed' : null;
}
