import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
/** What editors and spreadsheets of Windows write before UTF-8. */
const BYTE_ORDER_MARK = Buffer.from('\uFEFF', 'utf8');
/** Longer lines are cut: no event is this long, and a file without line ends must not fill the memory. */
export const MAX_LINE_BYTES = 1024 * 1024;

export interface LinePosition {
  /** Lines before this place. */
  readonly line: number;
  /** Bytes before this place, of the uncompressed text. */
  readonly byte: number;
}

export const FILE_START: LinePosition = { line: 0, byte: 0 };

export interface Line {
  readonly text: string;
  /** The place behind the line. */
  readonly end: LinePosition;
  readonly isCut: boolean;
}

/** Lines of a file, decompressed where its name ends in `.gz`, in blocks of a quarter megabyte; at most two are held. */
export async function* readLines(file: string, from: LinePosition): AsyncGenerator<readonly Line[]> {
  const stream = openText(file, from);
  const splitter = new LineSplitter(from);
  try {
    for await (const chunk of stream.source) {
      const bytes = stream.skip(chunk as Buffer);
      if (bytes.length > 0) yield splitter.push(bytes);
    }
    yield splitter.end();
  } finally {
    stream.close();
  }
}

interface TextStream {
  readonly source: Readable;
  /** Drops what lies before the wanted place. */
  skip(chunk: Buffer): Buffer;
  close(): void;
}

function openText(file: string, from: LinePosition): TextStream {
  if (!file.endsWith('.gz')) {
    const source = createReadStream(file, { start: from.byte, highWaterMark: CHUNK_BYTES });
    return { source, skip: (chunk) => chunk, close: () => source.destroy() };
  }
  const compressed = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const source = createGunzip({ chunkSize: CHUNK_BYTES });
  compressed.on('error', (error) => source.destroy(error));
  compressed.pipe(source);
  let toSkip = from.byte;
  return {
    source,
    skip: (chunk) => {
      const skipped = Math.min(toSkip, chunk.length);
      toSkip -= skipped;
      return chunk.subarray(skipped);
    },
    close: () => {
      compressed.destroy();
      source.destroy();
    },
  };
}

class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);
  #line: number;
  #byte: number;
  #isInCutLine = false;

  constructor(from: LinePosition) {
    this.#line = from.line;
    this.#byte = from.byte;
  }

  push(chunk: Buffer): readonly Line[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const lines: Line[] = [];
    let start = 0;
    for (let at = bytes.indexOf(NEWLINE, this.#rest.length); at >= 0; at = bytes.indexOf(NEWLINE, start)) {
      this.#take(bytes, start, at, at + 1, lines);
      start = at + 1;
    }
    this.#rest = bytes.subarray(start);
    if (this.#rest.length > MAX_LINE_BYTES) {
      this.#take(this.#rest, 0, MAX_LINE_BYTES, this.#rest.length, lines, true);
      this.#rest = Buffer.alloc(0);
    }
    return lines;
  }

  /** A last line without an end. */
  end(): readonly Line[] {
    const lines: Line[] = [];
    if (this.#rest.length > 0) this.#take(this.#rest, 0, this.#rest.length, this.#rest.length, lines);
    return lines;
  }

  #take(bytes: Buffer, start: number, end: number, next: number, lines: Line[], isCut = false): void {
    const isMarked = this.#byte === 0 && bytes.subarray(start, end).indexOf(BYTE_ORDER_MARK) === 0;
    const first = isMarked ? start + BYTE_ORDER_MARK.length : start;
    this.#byte += next - start;
    const isRestOfCut = this.#isInCutLine;
    this.#isInCutLine = isCut;
    if (!isRestOfCut) this.#line += 1;
    if (isRestOfCut) return;
    const last = end > first && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    lines.push({ text: bytes.toString('utf8', first, last), end: { line: this.#line, byte: this.#byte }, isCut });
  }
}
