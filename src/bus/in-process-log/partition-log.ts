import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import type { Clock, Log } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { BadRecord, BusRecord, TopicEvents, TopicKind } from '../bus.ts';
import { encodeBatch } from './batch-format.ts';
import { DecodedBatches } from './decoded-batches.ts';
import { diskError } from './disk-error.ts';
import { putAside, recoverNewest } from './recovery.ts';
import { type FoundBatch, scanSegment, Segment, segmentBaseOffset } from './segment.ts';
import { TailCache } from './tail-cache.ts';

export interface PartitionLogOptions<K extends TopicKind> {
  readonly directory: string;
  readonly kind: K;
  readonly segmentBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of every write: null for one that worked. */
  onWrite(error: TapedeckError | null): void;
}

/** `outside`: there is nothing at the offset asked for, nor will there be; the next that exists is `resumeAt`. */
export type LogRead<K extends TopicKind> =
  | {
      readonly kind: 'found';
      readonly records: readonly BusRecord<K>[];
      readonly badRecords: readonly BadRecord[];
      readonly nextOffset: number;
    }
  | { readonly kind: 'outside'; readonly resumeAt: number };

interface PendingGroup<K extends TopicKind> {
  readonly lines: string[];
  readonly events: TopicEvents[K][];
  readonly written: Promise<void>;
  resolve(): void;
  reject(error: TapedeckError): void;
}

const MAX_BATCH_EVENTS = 1000;
const MAX_BATCH_CHARACTERS = 262_144;
const TYPICAL_EVENT_BYTES = 320;
const MAX_READ_BYTES = 1_048_576;

/** One partition of one topic: segment files, the newest of which grows. Everything published in one turn is one write. */
export class PartitionLog<K extends TopicKind> {
  readonly #options: PartitionLogOptions<K>;
  readonly #segments: Segment[];
  readonly #tail = new TailCache<K>();
  readonly #decoded: DecodedBatches<K>;
  readonly #listeners = new Set<() => void>();
  readonly #scanning = new Map<Segment, Promise<void>>();
  #handle: FileHandle;
  #endOffset: number;
  #pending: PendingGroup<K> | null = null;
  #writing: Promise<void> | null = null;
  #isDirty = false;
  #needsCut = false;
  #isClosed = false;

  private constructor(options: PartitionLogOptions<K>, segments: Segment[], handle: FileHandle, endOffset: number) {
    this.#options = options;
    this.#segments = segments;
    this.#handle = handle;
    this.#endOffset = endOffset;
    this.#decoded = new DecodedBatches(options.kind);
  }

  /** Recovers what the last run left: a torn write at the very end is cut off, other damage is put aside. */
  static async open<K extends TopicKind>(options: PartitionLogOptions<K>): Promise<PartitionLog<K>> {
    const { directory } = options;
    try {
      await mkdir(directory, { recursive: true });
      const baseOffsets = (await readdir(directory))
        .map(segmentBaseOffset)
        .filter((baseOffset) => baseOffset !== null)
        .sort((a, b) => a - b);
      const segments = baseOffsets.map((baseOffset) => new Segment(directory, baseOffset));
      const { endOffset, isAppendable } = await recoverNewest(segments, options);
      if (!isAppendable) segments.push(Segment.empty(directory, endOffset));
      const path = segments.at(-1)?.path ?? directory;
      const handle = await open(path, isAppendable ? 'r+' : 'w+');
      return new PartitionLog(options, segments, handle, endOffset);
    } catch (cause) {
      throw diskError(cause, directory);
    }
  }

  get startOffset(): number {
    return this.#segments[0]?.baseOffset ?? this.#endOffset;
  }

  get endOffset(): number {
    return this.#endOffset;
  }

  /**
   * Resolves once the events, `lines` by `encodeEvent`, are written to the operating system; order is the order of the
   * calls.
   */
  append(events: readonly TopicEvents[K][], lines: readonly string[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(new TapedeckError('closed', 'the log is closed'));
    this.#pending ??= newGroup();
    const group = this.#pending;
    for (const line of lines) group.lines.push(line);
    for (const event of events) group.events.push(event);
    this.#writing ??= this.#writePending();
    return group.written;
  }

  /** Calls back after every write, until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async read(offset: number, limit: number): Promise<LogRead<K>> {
    if (offset > this.#endOffset) return { kind: 'outside', resumeAt: this.#endOffset };
    if (offset === this.#endOffset) return { kind: 'found', records: [], badRecords: [], nextOffset: offset };
    const cached = this.#tail.read(offset, limit);
    if (cached !== null) {
      return { kind: 'found', records: cached, badRecords: [], nextOffset: offset + cached.length };
    }
    try {
      return await this.#readFromDisk(offset, limit);
    } catch (cause) {
      // A segment released while it was being read is no failure: look again.
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && offset < this.startOffset) {
        return { kind: 'outside', resumeAt: this.startOffset };
      }
      throw diskError(cause, this.#options.directory);
    }
  }

  /** Deletes the segments that lie wholly below `offset`. */
  async release(offset: number): Promise<void> {
    while (this.#segments.length > 1 && (this.#segments[1]?.baseOffset ?? Infinity) <= offset) {
      await this.#segments.shift()?.delete();
    }
  }

  /** Makes what is written survive a power cut. */
  async sync(): Promise<void> {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    try {
      await this.#handle.datasync();
    } catch (cause) {
      this.#isDirty = true;
      throw diskError(cause, this.#options.directory);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writing;
    try {
      await this.sync();
    } finally {
      await this.#handle.close();
    }
  }

  async #writePending(): Promise<void> {
    // Everything published before this turn of the event loop ends goes into the same write.
    await Promise.resolve();
    for (let group = this.#pending; group !== null; group = this.#pending) {
      this.#pending = null;
      try {
        await this.#write(group);
        this.#options.onWrite(null);
        group.resolve();
      } catch (cause) {
        const error = diskError(cause, this.#options.directory);
        this.#options.onWrite(error);
        group.reject(error);
      }
    }
    this.#writing = null;
  }

  async #write(group: PendingGroup<K>): Promise<void> {
    const segment = await this.#writableSegment();
    const first = this.#endOffset;
    const pieces: Buffer[] = [];
    const batches: { readonly baseOffset: number; readonly byteLength: number }[] = [];
    for (let from = 0; from < group.lines.length;) {
      const to = batchEnd(group.lines, from);
      const [header, payload] = encodeBatch(first + from, group.lines.slice(from, to));
      pieces.push(header, payload);
      batches.push({ baseOffset: first + from, byteLength: header.length + payload.length });
      from = to;
    }
    const bytes = Buffer.concat(pieces);
    this.#needsCut = true;
    for (let done = 0; done < bytes.length;) {
      done += (await this.#handle.write(bytes, done, bytes.length - done, segment.size + done)).bytesWritten;
    }
    this.#needsCut = false;
    this.#isDirty = true;
    for (const { baseOffset, byteLength } of batches) segment.noteWritten(baseOffset, byteLength);
    const records = group.events.map((event, index) => ({ offset: first + index, event }));
    this.#tail.push(first, records, bytes.length, performance.now());
    this.#endOffset = first + records.length;
    for (const listener of this.#listeners) listener();
  }

  async #writableSegment(): Promise<Segment> {
    const newest = this.#segments.at(-1);
    if (newest === undefined) throw new TapedeckError('internal', 'the log has no segment');
    if (this.#needsCut) {
      // A write that failed half-way, on a full disk, may have left whole batches that nobody was told of.
      await this.#handle.truncate(newest.size);
      this.#needsCut = false;
    }
    if (newest.size < this.#options.segmentBytes) return newest;
    await this.sync();
    const next = Segment.empty(this.#options.directory, this.#endOffset);
    const handle = await open(next.path, 'w+');
    const previous = this.#handle;
    this.#handle = handle;
    this.#segments.push(next);
    await previous.close();
    return next;
  }

  async #readFromDisk(offset: number, limit: number): Promise<LogRead<K>> {
    const segment = this.#segments.findLast((candidate) => candidate.baseOffset <= offset);
    if (segment === undefined) return { kind: 'outside', resumeAt: this.startOffset };
    await this.#ensureSound(segment);
    const isKept = this.#segments.includes(segment);
    const found = isKept ? await segment.read(offset, Math.min(limit * TYPICAL_EVENT_BYTES, MAX_READ_BYTES)) : [];
    if (found.length > 0) return this.#decode(found, offset, limit);
    const next = this.#segments.find((candidate) => candidate.baseOffset > segment.baseOffset);
    return { kind: 'outside', resumeAt: next?.baseOffset ?? this.#endOffset };
  }

  #decode(found: readonly FoundBatch[], offset: number, limit: number): LogRead<K> {
    const records: BusRecord<K>[] = [];
    const badRecords: BadRecord[] = [];
    let nextOffset = offset;
    for (const batch of found) {
      const end = Math.min(offset + limit, batch.baseOffset + batch.count);
      if (nextOffset >= end) break;
      const decoded = this.#decoded.get(batch);
      for (const record of decoded.records) {
        if (record.offset >= nextOffset && record.offset < end) records.push(record);
      }
      for (const bad of decoded.badRecords) if (bad.offset >= nextOffset && bad.offset < end) badRecords.push(bad);
      nextOffset = end;
    }
    return { kind: 'found', records, badRecords, nextOffset };
  }

  /** Checks a sealed segment the first time it is read; one check serves all who wait for it. */
  async #ensureSound(segment: Segment): Promise<void> {
    if (segment.isScanned) return;
    let scanning = this.#scanning.get(segment);
    if (scanning === undefined) {
      scanning = this.#scan(segment).finally(() => this.#scanning.delete(segment));
      this.#scanning.set(segment, scanning);
    }
    await scanning;
  }

  async #scan(segment: Segment): Promise<void> {
    const scan = await scanSegment(segment.path, segment.baseOffset);
    if (scan.isWhole) {
      segment.adopt(scan);
      return;
    }
    await putAside(segment, scan, this.#options);
    // It may have been released meanwhile.
    const at = this.#segments.indexOf(segment);
    if (scan.soundBytes === 0 && at >= 0) this.#segments.splice(at, 1);
  }
}

/** Batches stay small, because a reader has to take in a whole one however little it wants of it. */
function batchEnd(lines: readonly string[], from: number): number {
  let characters = 0;
  let to = from;
  while (to < lines.length && to - from < MAX_BATCH_EVENTS) {
    characters += lines[to]?.length ?? 0;
    if (to > from && characters > MAX_BATCH_CHARACTERS) break;
    to++;
  }
  return to;
}

function newGroup<K extends TopicKind>(): PendingGroup<K> {
  let resolve = (): void => undefined;
  let reject = (_error: TapedeckError): void => undefined;
  const written = new Promise<void>((onWritten, onFailure) => {
    resolve = onWritten;
    reject = onFailure;
  });
  return { lines: [], events: [], written, resolve, reject };
}
