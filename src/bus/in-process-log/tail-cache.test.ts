import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../bus.ts';
import { TailCache } from './tail-cache.ts';

/** The cache only counts them. */
function records(baseOffset: number, count: number): readonly BusRecord<'control'>[] {
  return Array.from({ length: count }, (_, index) => ({
    offset: baseOffset + index,
    event: { kind: 'subscriptions-changed', client: 'desk', timeMs: 0, symbols: [] },
  }));
}

describe('the tail of a partition', () => {
  it('answers across publications, and nothing from before its beginning', () => {
    const cache = new TailCache<'control'>();
    cache.push(10, records(10, 3), 30, 0);
    cache.push(13, records(13, 3), 30, 1);
    expect(cache.read(11, 4)?.map(({ offset }) => offset)).toEqual([11, 12, 13, 14]);
    expect(cache.read(16, 4)).toEqual([]);
    expect(cache.read(9, 4)).toBeNull();
  });

  it('forgets what came ten seconds ago', () => {
    const cache = new TailCache<'control'>();
    cache.push(0, records(0, 2), 20, 0);
    cache.push(2, records(2, 2), 20, 9_000);
    cache.push(4, records(4, 2), 20, 10_500);
    expect(cache.read(0, 10)).toBeNull();
    expect(cache.read(2, 10)).toHaveLength(4);
  });

  it('forgets the oldest when it is full, by number or by length', () => {
    const cache = new TailCache<'control'>();
    for (let offset = 0; offset < 100_000; offset += 1_000) cache.push(offset, records(offset, 1_000), 10_000, 0);
    expect(cache.read(50_000, 1)).toBeNull();
    expect(cache.read(52_000, 1)).toHaveLength(1);
    cache.push(100_000, records(100_000, 1), 20_000_000, 0);
    expect(cache.read(99_000, 1)).toBeNull();
  });
});
