import { crc32 } from 'node:zlib';

/**
 * One batch on disk, little-endian: magic `TDB1`, payload bytes (u32), CRC-32 of all that follows it (u32), number of
 * events (u32), offset of the first event (u64), then the events as lines of JSON joined by a line break.
 */
export const HEADER_BYTES = 24;

const MAGIC = Buffer.from('TDB1', 'latin1');
const LENGTH_AT = 4;
const CHECKSUM_AT = 8;
const COUNT_AT = 12;
const OFFSET_AT = 16;

export interface BatchHeader {
  readonly payloadBytes: number;
  readonly count: number;
  readonly baseOffset: number;
}

/** The batch in two pieces, to be written one after the other. */
export function encodeBatch(baseOffset: number, lines: readonly string[]): readonly [Buffer, Buffer] {
  const payload = Buffer.from(lines.join('\n'), 'utf8');
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(payload.length, LENGTH_AT);
  header.writeUInt32LE(lines.length, COUNT_AT);
  header.writeBigUInt64LE(BigInt(baseOffset), OFFSET_AT);
  header.writeUInt32LE(checksum(header, payload), CHECKSUM_AT);
  return [header, payload];
}

/** Null where `buffer` does not hold a whole header at `at`; nothing but the magic is checked. */
export function readHeader(buffer: Buffer, at: number): BatchHeader | null {
  if (at + HEADER_BYTES > buffer.length || MAGIC.compare(buffer, at, at + MAGIC.length) !== 0) return null;
  return {
    payloadBytes: buffer.readUInt32LE(at + LENGTH_AT),
    count: buffer.readUInt32LE(at + COUNT_AT),
    baseOffset: Number(buffer.readBigUInt64LE(at + OFFSET_AT)),
  };
}

/** Null unless a whole batch with the right checksum lies at `at`. */
export function readSoundHeader(buffer: Buffer, at: number): BatchHeader | null {
  const header = readHeader(buffer, at);
  if (header === null) return null;
  const payloadAt = at + HEADER_BYTES;
  if (payloadAt + header.payloadBytes > buffer.length) return null;
  const expected = buffer.readUInt32LE(at + CHECKSUM_AT);
  const payload = buffer.subarray(payloadAt, payloadAt + header.payloadBytes);
  return checksum(buffer.subarray(at, payloadAt), payload) === expected ? header : null;
}

/** Where the next batch might begin at or after `at`; -1 for nowhere. */
export function findMagic(buffer: Buffer, at: number): number {
  return buffer.indexOf(MAGIC, at);
}

export function linesOf(payload: Buffer): string[] {
  return payload.toString('utf8').split('\n');
}

function checksum(header: Buffer, payload: Buffer): number {
  return crc32(payload, crc32(header.subarray(COUNT_AT, HEADER_BYTES)));
}
