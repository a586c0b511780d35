import { basename } from 'node:path';
import {
  type Bar,
  type Clock,
  credibleTimeMs,
  DEAD_LETTER_PAYLOAD_CHARACTERS,
  type Instrument,
  type MarketEvent,
  TapedeckError,
  rankInstruments,
} from '../../market/index.ts';
import type { Feed, FeedBatch, FeedNotice, StreamRequest } from '../feed.ts';
import { type Sleep, pause } from '../../runtime/pause.ts';
import { instrumentFromLine, isInstrumentLine, isPair } from './instrument-line.ts';
import { type Line, type LinePosition, MAX_LINE_BYTES, readLines } from './line-reader.ts';
import {
  replayFileError,
  openReplayFile,
  plainInstrument,
  type ReplayFile,
  type ReplayFileOptions,
} from './replay-file.ts';
import { ReplayPacer } from './replay-pacer.ts';
import { resumePosition, resumeTokenOf } from './resume-token.ts';

const MAX_BATCH_LINES = 2_000;
/** Events due sooner are handed over at once: timers are no finer, and single events are costly. */
const EARLY_MS = 20;
/** More are counted instead of named. */
const SHOWN_SYMBOLS = 10;

export interface ReplayFeedOptions extends ReplayFileOptions {
  /** 1 is real time; `max` as fast as it is read. */
  readonly speed: number | 'max';
  /** Wall time. */
  readonly clock: Clock;
  /** Replaced by tests that own the time. */
  readonly sleep?: Sleep;
}

/**
 * Plays a file of events. NDJSON or CSV, `.gz` too; its first lines are looked at now.
 * Throws `not-found`, `read-only`, `corrupt` or `bad-config` for a file that cannot be played.
 */
export async function createReplayFeed(options: ReplayFeedOptions): Promise<Feed> {
  return new ReplayFeed(options, await openReplayFile(options));
}

class ReplayFeed implements Feed {
  readonly name = 'replay';
  readonly source = 'replay';
  readonly symbolLimit = null;
  readonly #options: ReplayFeedOptions;
  readonly #file: ReplayFile;
  readonly #sleep: Sleep;
  readonly #onlySymbols: ReadonlySet<string> | null;
  readonly #instruments: Map<string, Instrument>;
  readonly #closed = new AbortController();
  #isStreaming = false;
  /** Of this stream, for symbols that `symbols` does not name. */
  #leftOutLines = 0;

  constructor(options: ReplayFeedOptions, file: ReplayFile) {
    this.#options = options;
    this.#file = file;
    this.#sleep = options.sleep ?? pause;
    this.#onlySymbols = options.symbols.length === 0 ? null : new Set(options.symbols);
    this.#instruments = new Map([...file.instruments].filter(([symbol]) => this.#isWanted(symbol)));
  }

  async *stream(request: StreamRequest): AsyncIterable<FeedBatch> {
    if (this.#isStreaming) throw new TapedeckError('conflict', 'the file is being replayed already');
    this.#isStreaming = true;
    this.#leftOutLines = 0;
    const signal = AbortSignal.any([request.signal, this.#closed.signal]);
    try {
      yield* this.#batches(resumePosition(request.resumeToken, this.#file.identity), signal);
    } finally {
      this.#isStreaming = false;
    }
  }

  /** Everything in the file flows, whatever desks watch. */
  setSymbols(): void {}

  async *history(): AsyncIterable<readonly Bar[]> {}

  async findInstruments(query: string, limit: number): Promise<readonly Instrument[]> {
    return rankInstruments([...this.#instruments.values()], query, limit);
  }

  /** Each symbol is named as it comes: its line may stand further down in the file. */
  async listInstruments(): Promise<readonly Instrument[]> {
    return [];
  }

  readLine(file: string, text: string, receivedMs: number): MarketEvent | null {
    const own = basename(this.#options.file);
    if (file !== own) {
      throw new TapedeckError('unsupported', `This is a line of ${file}; what is being replayed is ${own}.`);
    }
    return this.#file.decode(text, receivedMs);
  }

  async instrument(symbol: string): Promise<Instrument | null> {
    return this.#instruments.get(symbol) ?? null;
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  async *#batches(from: LinePosition, signal: AbortSignal): AsyncIterable<FeedBatch> {
    const { file, speed, clock } = this.#options;
    const pacer = speed === 'max' ? null : new ReplayPacer(speed, clock);
    const batch = new PendingBatch(this.#file, from);
    const detail =
      from.line === 0 ? `replaying ${basename(file)}` : `replaying ${basename(file)} after line ${from.line}`;
    batch.notices.push({ kind: 'state', state: 'live', detail, error: null });
    if (signal.aborted) return;
    yield batch.take();
    try {
      for await (const lines of readLines(file, from)) {
        for (const line of lines) {
          let event = this.#read(line, batch.notices);
          const pace = event === null || isHistory(event) ? undefined : pacer?.paceOf(credibleTimeMs(event));
          if (pace !== undefined && pace.waitMs > EARLY_MS) {
            if (!batch.isEmpty) yield batch.take();
            await this.#sleep(pace.waitMs, signal);
            if (signal.aborted) return;
            // Again, because only now it is received.
            event = this.#read(line, batch.notices);
          }
          if (pace !== undefined && pace.shortenedMs > 0) batch.notices.push(quietNotice(pace.shortenedMs));
          batch.add(event, line.end);
          if (batch.lineCount >= MAX_BATCH_LINES) {
            yield batch.take();
            if (signal.aborted) return;
          }
        }
        if (signal.aborted) return;
        if (pacer === null && !batch.isEmpty) yield batch.take();
      }
    } catch (error) {
      batch.notices.push(this.#damage(error, batch.position));
    }
    if (signal.aborted) return;
    batch.notices.push({ kind: 'state', state: 'finished', detail: this.#closingWords(from), error: null });
    yield batch.take(true);
  }

  /** The event of a line; null where it has none, or one nobody asked for. */
  #read(line: Line, notices: FeedNotice[]): MarketEvent | null {
    if (line.end.line === this.#file.headerLine) return null;
    try {
      if (line.isCut) throw new TapedeckError('bad-message', `longer than ${MAX_LINE_BYTES} bytes`);
      if (isInstrumentLine(line.text)) {
        const instrument = instrumentFromLine(line.text);
        if (this.#isWanted(instrument.symbol)) this.#instruments.set(instrument.symbol, instrument);
        return null;
      }
      const event = this.#file.decode(line.text, this.#options.clock.now());
      if (event === null) return null;
      if (!this.#isWanted(event.symbol)) {
        this.#leftOutLines += 1;
        return null;
      }
      if (!this.#instruments.has(event.symbol)) {
        this.#instruments.set(
          event.symbol,
          plainInstrument(event.symbol, isPair(event.symbol) ? 'always-open' : 'us-equities'),
        );
      }
      return event;
    } catch (error) {
      if (!(error instanceof TapedeckError)) throw error;
      notices.push(this.#badLine(error.message, line.text, line.end.line));
      return null;
    }
  }

  #isWanted(symbol: string): boolean {
    return this.#onlySymbols === null || this.#onlySymbols.has(symbol);
  }

  #closingWords(from: LinePosition): string {
    const { file, symbols } = this.#options;
    const words = `replayed ${basename(file)} to its end`;
    if (this.#leftOutLines === 0) return words;
    const lines = this.#leftOutLines === 1 ? '1 line' : `${this.#leftOutLines} lines`;
    const since = from.line === 0 ? '' : ` after line ${from.line}`;
    const kept = symbols.length <= SHOWN_SYMBOLS ? symbols.join(',') : `the ${symbols.length} symbols`;
    return `${words}; ${lines}${since} not about ${kept} left out (--symbols)`;
  }

  #badLine(reason: string, text: string, line: number): FeedNotice {
    const origin = basename(this.#options.file);
    return {
      kind: 'bad-message',
      reason,
      payload: text.slice(0, DEAD_LETTER_PAYLOAD_CHARACTERS),
      position: line,
      origin,
    };
  }

  /** A compressed file that breaks off is played up to there; any other failure to read is the caller's. */
  #damage(error: unknown, position: LinePosition): FeedNotice {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('Z_')) throw replayFileError(error, this.#options.file);
    const reason = code === 'Z_BUF_ERROR' ? 'the compressed file ends in the middle' : 'the compressed data is damaged';
    return this.#badLine(reason, '', position.line + 1);
  }
}

class PendingBatch {
  readonly notices: FeedNotice[] = [];
  lineCount = 0;
  #events: MarketEvent[] = [];
  #position: LinePosition;
  readonly #file: ReplayFile;

  constructor(file: ReplayFile, from: LinePosition) {
    this.#file = file;
    this.#position = from;
  }

  get isEmpty(): boolean {
    return this.lineCount === 0 && this.notices.length === 0;
  }

  get position(): LinePosition {
    return this.#position;
  }

  add(event: MarketEvent | null, end: LinePosition): void {
    if (event !== null) this.#events.push(event);
    this.#position = end;
    this.lineCount += 1;
  }

  take(isFinished = false): FeedBatch {
    const resumeToken = resumeTokenOf(this.#file.identity, this.#position, isFinished);
    const batch = { events: this.#events, notices: this.notices.splice(0), resumeToken };
    this.#events = [];
    this.lineCount = 0;
    return batch;
  }
}

/** Bars that a recording fetched behind its stream: they came all at once, whatever time they tell of. */
function isHistory(event: MarketEvent): boolean {
  return event.type === 'bar' && event.source === 'backfill';
}

function quietNotice(shortenedMs: number): FeedNotice {
  const minutes = Math.round(shortenedMs / 60_000);
  const text = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return { kind: 'state', state: 'live', detail: `passed over ${text} without events`, error: null };
}
