import { describe, expect, it } from 'vitest';
import { RecentKeys } from './recent-keys.ts';

const keyOf = (index: number): Uint8Array => new TextEncoder().encode(`2026-07-13 AAPL V ${index}`);

describe('recent keys', () => {
  it('know every one of the last ones', () => {
    const recent = new RecentKeys(1024);
    for (let index = 0; index < 10_000; index++) recent.seenBefore(keyOf(index));
    for (let index = 10_000 - 1024; index < 10_000; index++) expect(recent.seenBefore(keyOf(index))).toBe(true);
  });

  it('take fewer than one new key in a thousand for a known one', () => {
    const recent = new RecentKeys(65_536);
    let mistaken = 0;
    for (let index = 0; index < 200_000; index++) mistaken += Number(recent.seenBefore(keyOf(index)));
    expect(mistaken).toBeLessThan(200);
  });
});
