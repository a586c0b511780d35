import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { FILE_START, type LinePosition } from './line-reader.ts';

const HEAD_BYTES = 4096;

/**
 * What tells one file, and one way to read it, from another without reading it all: a replay goes on only in the very file it
 * began with, and only where what lies before would be read the same again.
 */
export interface FileIdentity {
  readonly size: number;
  readonly mtimeMs: number;
  readonly headHash: string;
  readonly readingHash: string;
}

/** `reading` is how the file is read: what else would give other events. */
export async function fileIdentity(file: string, reading: unknown): Promise<FileIdentity> {
  const handle = await open(file, 'r');
  try {
    const { size, mtimeMs } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const headHash = shortHash(buffer.subarray(0, bytesRead));
    return { size, mtimeMs: Math.floor(mtimeMs), headHash, readingHash: shortHash(JSON.stringify(reading)) };
  } finally {
    await handle.close();
  }
}

function shortHash(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** A finished replay leaves a token too, which says to begin again. */
export function resumeTokenOf(identity: FileIdentity, position: LinePosition, isFinished: boolean): string {
  const { line, byte } = position;
  return JSON.stringify({ ...identity, line, byte, isFinished });
}

/** Where to go on; the start for a finished replay, another file or a token of something else. */
export function resumePosition(token: string | null, identity: FileIdentity): LinePosition {
  const saved = token === null ? {} : parseToken(token);
  const isSameFile =
    saved.size === identity.size && saved.mtimeMs === identity.mtimeMs && saved.headHash === identity.headHash;
  const isReadAlike = saved.readingHash === identity.readingHash;
  const { line, byte } = saved;
  if (!isSameFile || !isReadAlike || saved.isFinished !== false || !isPlace(line) || !isPlace(byte)) {
    return FILE_START;
  }
  return { line, byte };
}

function parseToken(token: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(token);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : {};
  } catch {
    // Another feed's token: there is nothing to resume.
    return {};
  }
}

function isPlace(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
