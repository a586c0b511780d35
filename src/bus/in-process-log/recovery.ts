import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { scanSegment, type Segment, segmentFileName, type SegmentScan } from './segment.ts';

export interface RecoveryOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Recovery {
  /** After the last event that was ever acknowledged, as far as the files tell. */
  readonly endOffset: number;
  /** Whether the newest segment ends there and may grow on. */
  readonly isAppendable: boolean;
}

/** A torn write at the very end is cut off; other damage is put aside. */
export async function recoverNewest(segments: Segment[], options: RecoveryOptions): Promise<Recovery> {
  const newest = segments.at(-1);
  if (newest === undefined) return { endOffset: 0, isAppendable: false };
  const scan = await scanSegment(newest.path, newest.baseOffset);
  newest.adopt(scan);
  if (scan.isWhole) return { endOffset: scan.endOffset, isAppendable: true };
  if (scan.endOffsetBehindDamage === null) {
    await newest.cutTornTail();
    options.log.info({ file: newest.path, endOffset: scan.endOffset }, 'cut off a write that was never finished');
    return { endOffset: scan.endOffset, isAppendable: true };
  }
  const endOffset = scan.endOffsetBehindDamage;
  // Before the damaged one is cut: whatever fails in between, no offset is given out again.
  await writeFile(join(options.directory, segmentFileName(endOffset)), '', { flag: 'a' });
  await putAside(newest, scan, options);
  if (scan.soundBytes === 0) segments.pop();
  return { endOffset, isAppendable: false };
}

/** Keeps the damaged file beside what is sound of it, and tells. */
export async function putAside(segment: Segment, scan: SegmentScan, options: RecoveryOptions): Promise<void> {
  const aside = await segment.putAside(scan, options.clock.now());
  const error = new TapedeckError('corrupt', `${segment.path} is damaged after offset ${scan.endOffset}`, {
    userMessage: `A file of the message log is damaged and was kept as ${aside}. What it held after the damage is missing; reading goes on behind it.`,
  });
  options.log.error({ error, file: aside }, error.userMessage);
}
