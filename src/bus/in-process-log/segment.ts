import { copyFile, open, readFile, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { findMagic, HEADER_BYTES, readHeader, readSoundHeader } from './batch-format.ts';

const INDEX_EVERY_BYTES = 65_536;
const NAME_PATTERN = /^(\d{16})\.log$/;

interface IndexEntry {
  readonly offset: number;
  readonly position: number;
}

export interface SegmentScan {
  readonly index: IndexEntry[];
  /** Bytes of whole, sound batches at the start. */
  readonly soundBytes: number;
  readonly endOffset: number;
  /** The end of the last sound batch behind damaged bytes; null where nothing sound follows. */
  readonly endOffsetBehindDamage: number | null;
  readonly isWhole: boolean;
}

/** A batch found in a segment: its place in `bytes` and in the log. */
export interface FoundBatch {
  readonly payload: Buffer;
  readonly baseOffset: number;
  readonly count: number;
}

export function segmentFileName(baseOffset: number): string {
  return `${String(baseOffset).padStart(16, '0')}.log`;
}

/** Null for a file that is no segment. */
export function segmentBaseOffset(fileName: string): number | null {
  const match = NAME_PATTERN.exec(fileName);
  return match === null ? null : Number(match[1]);
}

/** Reads and checks a whole segment file. */
export async function scanSegment(path: string, baseOffset: number): Promise<SegmentScan> {
  const bytes = await readFile(path);
  const index: IndexEntry[] = [];
  let endOffset = baseOffset;
  let position = 0;
  while (position < bytes.length) {
    const header = readSoundHeader(bytes, position);
    if (header === null || header.baseOffset !== endOffset) break;
    noteInIndex(index, header.baseOffset, position);
    endOffset += header.count;
    position += HEADER_BYTES + header.payloadBytes;
  }
  const isWhole = position === bytes.length;
  const endOffsetBehindDamage = isWhole ? null : lastSoundEnd(bytes, position, endOffset);
  return { index, soundBytes: position, endOffset, endOffsetBehindDamage, isWhole };
}

function lastSoundEnd(bytes: Buffer, from: number, minimumOffset: number): number | null {
  let end: number | null = null;
  for (let at = findMagic(bytes, from + 1); at !== -1;) {
    const header = readSoundHeader(bytes, at);
    const isLater = header !== null && header.baseOffset >= minimumOffset;
    if (isLater) end = header.baseOffset + header.count;
    at = findMagic(bytes, isLater ? at + HEADER_BYTES + header.payloadBytes : at + 1);
  }
  return end;
}

function batchesFrom(bytes: Buffer, offset: number): FoundBatch[] {
  const found: FoundBatch[] = [];
  for (let at = 0; ;) {
    const header = readHeader(bytes, at);
    if (header === null) return found;
    const end = at + HEADER_BYTES + header.payloadBytes;
    if (end > bytes.length) return found;
    const { baseOffset, count } = header;
    if (baseOffset + count > offset) found.push({ payload: bytes.subarray(at + HEADER_BYTES, end), baseOffset, count });
    at = end;
  }
}

async function copyOrLeave(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
}

function noteInIndex(index: IndexEntry[], offset: number, position: number): void {
  const last = index.at(-1);
  if (last === undefined || position - last.position >= INDEX_EVERY_BYTES) index.push({ offset, position });
}

/** One file of a partition: batches from `baseOffset` on without a hole. The last one of a partition is written to. */
export class Segment {
  readonly baseOffset: number;
  readonly path: string;
  readonly #directory: string;
  #index: IndexEntry[] | null = null;
  #size = 0;

  /** A file that is there and not read yet. */
  constructor(directory: string, baseOffset: number) {
    this.#directory = directory;
    this.baseOffset = baseOffset;
    this.path = join(directory, segmentFileName(baseOffset));
  }

  /** A file yet to be created. */
  static empty(directory: string, baseOffset: number): Segment {
    const segment = new Segment(directory, baseOffset);
    segment.#index = [];
    return segment;
  }

  /** Bytes of whole batches; of a segment not read yet, 0. */
  get size(): number {
    return this.#size;
  }

  get isScanned(): boolean {
    return this.#index !== null;
  }

  adopt(scan: SegmentScan): void {
    this.#index = scan.index;
    this.#size = scan.soundBytes;
  }

  noteWritten(baseOffset: number, byteLength: number): void {
    this.#index ??= [];
    noteInIndex(this.#index, baseOffset, this.#size);
    this.#size += byteLength;
  }

  /** Whole batches that hold `offset` and what follows, about `wantedBytes` of them. Empty where the segment ends first. */
  async read(offset: number, wantedBytes: number): Promise<readonly FoundBatch[]> {
    const start = this.#positionBefore(offset);
    const rest = this.#size - start;
    const handle = await open(this.path, 'r');
    try {
      for (let length = wantedBytes + INDEX_EVERY_BYTES; ; length *= 4) {
        const bytes = Buffer.allocUnsafe(Math.min(length, rest));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        const found = batchesFrom(bytes.subarray(0, bytesRead), offset);
        if (found.length > 0 || length >= rest) return found;
      }
    } finally {
      await handle.close();
    }
  }

  /** Cuts off what a process killed in the middle of a write left behind. */
  async cutTornTail(): Promise<void> {
    await truncate(this.path, this.#size);
  }

  /**
   * Keeps a copy of the damaged file aside, and its sound start under the old name. Answers where the copy is. Where there is no
   * room for it, all stays as it was.
   */
  async putAside(scan: SegmentScan, nowMs: number): Promise<string> {
    const aside = join(this.#directory, `${segmentFileName(this.baseOffset)}.${nowMs}.corrupt`);
    if (scan.soundBytes === 0) {
      await rename(this.path, aside);
    } else {
      await copyOrLeave(this.path, aside);
      await truncate(this.path, scan.soundBytes);
    }
    this.adopt(scan);
    return aside;
  }

  async delete(): Promise<void> {
    await rm(this.path, { force: true });
  }

  #positionBefore(offset: number): number {
    const index = this.#index ?? [];
    let low = 0;
    let high = index.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((index[middle]?.offset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return index[low]?.position ?? 0;
  }
}
