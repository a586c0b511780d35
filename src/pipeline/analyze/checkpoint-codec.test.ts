import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint-codec.ts';

const checkpoint = {
  positions: { trades: 4_294_967_296, bars: null },
  candles: Uint8Array.of(1, 2, 3),
  alerts: Uint8Array.of(9),
  delayMs: 900_000,
};

describe('a checkpoint', () => {
  it('comes back as it was, also from the middle of a larger buffer', () => {
    const bytes = encodeCheckpoint(checkpoint);
    const pool = Buffer.alloc(bytes.length + 16, 7);
    pool.set(bytes, 5);
    const decoded = decodeCheckpoint(pool.subarray(5, 5 + bytes.length));
    expect(decoded.positions).toEqual(checkpoint.positions);
    expect([...decoded.candles]).toEqual([1, 2, 3]);
    expect([...decoded.alerts]).toEqual([9]);
    expect(decoded.delayMs).toBe(900_000);
    expect(decodeCheckpoint(encodeCheckpoint({ ...checkpoint, delayMs: null })).delayMs).toBeNull();
  });

  it('is read as it was written before it held how late the prints come', () => {
    const bytes = encodeCheckpoint(checkpoint);
    const before = Buffer.concat([bytes.subarray(0, 32), bytes.subarray(40)]);
    const decoded = decodeCheckpoint(before);
    expect(decoded).toMatchObject({ positions: checkpoint.positions, delayMs: null });
    expect([...decoded.candles, ...decoded.alerts]).toEqual([1, 2, 3, 9]);
  });

  it('is refused when it is cut short', () => {
    const bytes = encodeCheckpoint(checkpoint);
    expect(() => decodeCheckpoint(bytes.subarray(0, bytes.length - 1))).toThrow('cut short');
    expect(() => decodeCheckpoint(bytes.subarray(0, 8))).toThrow('shorter than its header');
  });
});
