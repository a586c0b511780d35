import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { type Instrument, type TapedeckError, fileError } from '../../market/index.ts';
import { instrumentToLine } from './instrument-line.ts';

const NEWLINE = 10;
/** After so many lines a compressed recording is flushed, so that a killed writer loses little. */
const FLUSH_EVERY_LINES = 5_000;
const SYMBOL = /"symbol":"([^"]+)"/;

export interface EventRecorderOptions {
  /** Compressed when it ends in `.gz`; what is there already is kept, and added to. */
  readonly file: string;
  /** Asked once for each symbol, before its first event is written; null where nothing is known of it. */
  readonly instrumentOf: (symbol: string) => Promise<Instrument | null>;
}

/** What `--record` writes: event lines that a replay turns back into the same events and candles. */
export interface EventRecorder {
  /** One event as `marketEventToJson` puts it; resolves when more may come. Throws when the file cannot be written. */
  write(line: string): Promise<void>;
  /** Resolves when everything is in the file, or a write has said why not. Idempotent. */
  close(): Promise<void>;
}

export async function openEventRecorder(options: EventRecorderOptions): Promise<EventRecorder> {
  try {
    await mkdir(dirname(options.file), { recursive: true });
    await mendEnd(options.file);
    const file = createWriteStream(options.file, { flags: 'a' });
    await once(file, 'open');
    return new FileRecorder(options, file);
  } catch (error) {
    throw writeError(error, options.file);
  }
}

class FileRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #file: WriteStream;
  readonly #gzip: ReturnType<typeof createGzip> | null;
  readonly #sink: Writable;
  readonly #described = new Map<string, Promise<void>>();
  #closed: Promise<void> | null = null;
  #failure: unknown = null;
  #isFailureTold = false;
  #lines = 0;

  constructor(options: EventRecorderOptions, file: WriteStream) {
    this.#options = options;
    this.#file = file;
    this.#gzip = options.file.endsWith('.gz') ? createGzip({ level: 1 }) : null;
    this.#gzip?.pipe(file);
    this.#sink = this.#gzip ?? file;
    file.on('error', (error) => {
      this.#failure = error;
    });
  }

  async write(line: string): Promise<void> {
    const symbol = SYMBOL.exec(line)?.[1];
    if (symbol !== undefined) await this.#describe(symbol);
    await this.#put(line);
    this.#lines += 1;
    if (this.#lines % FLUSH_EVERY_LINES === 0) this.#gzip?.flush(constants.Z_SYNC_FLUSH);
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    this.#sink.end();
    // Whoever wrote knows it already.
    if (this.#isFailureTold) return;
    if (this.#failure !== null) throw writeError(this.#failure, this.#options.file);
    try {
      await finished(this.#file);
    } catch (error) {
      throw writeError(error, this.#options.file);
    }
  }

  /** History and stream are written side by side: whoever comes second waits for the description too. */
  #describe(symbol: string): Promise<void> {
    let described = this.#described.get(symbol);
    if (described === undefined) {
      described = this.#putInstrument(symbol);
      this.#described.set(symbol, described);
    }
    return described;
  }

  async #putInstrument(symbol: string): Promise<void> {
    // Without it the recording is still right, except perhaps for where its days end.
    const instrument = await this.#options.instrumentOf(symbol).catch(() => null);
    if (instrument !== null) await this.#put(instrumentToLine(instrument));
  }

  async #put(line: string): Promise<void> {
    if (this.#failure !== null) throw this.#told(this.#failure);
    if (this.#sink.write(`${line}\n`)) return;
    const waiting = new AbortController();
    const { signal } = waiting;
    try {
      await Promise.race([once(this.#sink, 'drain', { signal }), once(this.#file, 'close', { signal })]);
    } catch (error) {
      throw this.#told(error);
    } finally {
      // A stream that was filled a thousand times would else be listened to a thousand times.
      waiting.abort();
    }
  }

  #told(error: unknown): TapedeckError {
    this.#isFailureTold = true;
    return writeError(error, this.#options.file);
  }
}

/** A writer that was killed leaves half a line, or half a gzip member that nothing could be read behind. */
async function mendEnd(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return 0;
      throw error;
    },
  );
  if (size === 0) return;
  if (file.endsWith('.gz')) await mendGzip(file);
  else await endLastLine(file, size);
}

async function endLastLine(file: string, size: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer[0] !== NEWLINE) await handle.write('\n', size);
  } finally {
    await handle.close();
  }
}

async function mendGzip(file: string): Promise<void> {
  const mended = `${file}.mended`;
  let isSound = true;
  async function* soundStart(): AsyncGenerator<Buffer> {
    const compressed = createReadStream(file);
    const source = createGunzip();
    compressed.on('error', (error) => source.destroy(error));
    compressed.pipe(source);
    let lastByte = NEWLINE;
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        lastByte = chunk.at(-1) ?? lastByte;
        yield chunk;
      }
    } catch (error) {
      if (!((error as NodeJS.ErrnoException).code ?? '').startsWith('Z_')) throw error;
      isSound = false;
    } finally {
      compressed.destroy();
    }
    if (lastByte === NEWLINE) return;
    isSound = false;
    yield Buffer.of(NEWLINE);
  }
  try {
    await pipeline(soundStart, createGzip({ level: 1 }), createWriteStream(mended));
    if (!isSound) await rename(mended, file);
  } finally {
    await rm(mended, { force: true });
  }
}

function writeError(error: unknown, file: string): TapedeckError {
  return fileError(error, file, { advice: { 'disk-full': 'The recording stopped.' } });
}
