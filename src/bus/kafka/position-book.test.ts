import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../market/index.ts';
import type { BusBatch, ConsumeRequest } from '../bus.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import { PositionBook } from './position-book.ts';

const TRADES_0 = { topic: 'trades', partition: 0 } as const;
const WATERMARKS = [{ low: 0, high: 100 }];

function createBook(loadPosition: ConsumeRequest['loadPosition'] = () => Promise.resolve(null)): PositionBook {
  const admin = { watermarks: () => Promise.resolve(WATERMARKS) } as unknown as KafkaAdmin;
  const request = { group: 'test', startAt: 'earliest', loadPosition } as unknown as ConsumeRequest;
  return new PositionBook(request, new Map([['trades', WATERMARKS]]), admin, new Map(), silentLog);
}

function batchOf(firstOffset: number, nextOffset: number): BusBatch {
  return { ...TRADES_0, records: [], badRecords: [], firstOffset, nextOffset };
}

describe('the positions of a consumer', () => {
  it('tries again when the consumer cannot be sought, instead of failing where nobody listens', async () => {
    const book = createBook();
    const sought: number[] = [];
    let attempts = 0;
    book.assign([TRADES_0], new AbortController().signal, (_topicPartition, position) => {
      if (attempts++ === 0) throw new Error('Consumer group was not initialized');
      sought.push(position);
    });
    await book.ready;
    expect(sought).toEqual([0]);
  });

  it('goes on behind a batch that was taken after its assignment had gone', async () => {
    const book = createBook();
    const closing = new AbortController().signal;
    book.assign([TRADES_0], closing, vi.fn());
    await book.ready;
    const { assignment } = book;
    book.assign([TRADES_0], closing, vi.fn());
    expect(assignment.aborted).toBe(true);
    await book.ready;
    book.taken(batchOf(0, 40));
    expect(book.positionOf(TRADES_0)).toBe(40);
    book.unassign();
    book.assign([TRADES_0], closing, vi.fn());
    await book.ready;
    expect(book.positionOf(TRADES_0)).toBe(40);
  });

  it('does not follow a batch that began elsewhere than the store says by now', async () => {
    const book = createBook(() => Promise.resolve(70));
    book.assign([TRADES_0], new AbortController().signal, vi.fn());
    await book.ready;
    book.taken(batchOf(0, 40));
    expect(book.positionOf(TRADES_0)).toBe(70);
  });
});
