import type { BadRecord, BusBatch, BusRecord } from '../../bus/bus.ts';
import { encodeEvent } from '../../bus/codec.ts';
import { DEAD_LETTER_PAYLOAD_CHARACTERS } from '../../market/index.ts';

/** Two batches that cover the same offsets with half the messages each; null for one of a single message. */
export function halvesOf(batch: BusBatch): readonly [BusBatch, BusBatch] | null {
  const offsets = [...batch.records, ...batch.badRecords].map(({ offset }) => offset).toSorted((a, b) => a - b);
  const middle = offsets[Math.ceil(offsets.length / 2)];
  if (middle === undefined) return null;
  return [partOf(batch, batch.firstOffset, middle), partOf(batch, middle, batch.nextOffset)];
}

/** A batch of one message as a dead letter of it, which can be taken in again; null where it is one already. */
export function asDeadLetter(batch: BusBatch, reason: string): BusBatch | null {
  const [record] = batch.records;
  if (record === undefined) return null;
  const payload = encodeEvent(batch.topic, record.event).slice(0, DEAD_LETTER_PAYLOAD_CHARACTERS);
  const letter: BadRecord = { offset: record.offset, reason: `the store cannot hold it: ${reason}`, payload };
  return { ...batch, records: [], badRecords: [...batch.badRecords, letter] };
}

function partOf(batch: BusBatch, firstOffset: number, nextOffset: number): BusBatch {
  const isWithin = ({ offset }: { readonly offset: number }): boolean => offset >= firstOffset && offset < nextOffset;
  const records = (batch.records as readonly BusRecord[]).filter(isWithin);
  return { ...batch, records, badRecords: batch.badRecords.filter(isWithin), firstOffset, nextOffset } as BusBatch;
}
