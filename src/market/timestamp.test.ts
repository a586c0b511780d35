import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

describe('timestamps', () => {
  it('keep every digit down to the nanosecond', () => {
    expect(parseTimestamp('2026-07-13T13:45:01.120034501Z')).toEqual({
      timeMs: Date.UTC(2026, 6, 13, 13, 45, 1, 120),
      nanosOfMs: 34_501,
    });
  });

  it.each([
    ['2026-07-13T13:45:00Z', '2026-07-13T13:45:00.000Z'],
    ['2026-07-13T13:45:01.5Z', '2026-07-13T13:45:01.500Z'],
    ['2026-07-13T13:45:01.1200345Z', '2026-07-13T13:45:01.1200345Z'],
    ['2026-07-13T09:45:01-04:00', '2026-07-13T13:45:01.000Z'],
    ['2026-07-14T00:15:00.000000001+05:30', '2026-07-13T18:45:00.000000001Z'],
    ['2024-02-29t12:00:00z', '2024-02-29T12:00:00.000Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
  ])('reads %s as %s', (text, expected) => {
    const { timeMs, nanosOfMs } = parseTimestamp(text);
    expect(formatTimestamp(timeMs, nanosOfMs)).toBe(expected);
  });

  it.each([
    '2026-07-13',
    '2026-07-13T13:45:01',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-07-13T24:00:00Z',
    '2026-07-13T13:45:01.Z',
    '2026-07-13T13:45:01.1234567890Z',
    '2026-07-13T13:45:01+0400',
    '2026-07-13T13:45:01Zx',
    'yesterday, at a quarter to two',
  ])('refuse %s', (text) => {
    expect(() => parseTimestamp(text)).toThrow('not an RFC 3339 time');
  });

  it('survive a round trip, and agree with Date on the milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 4e12 }), fc.integer({ min: 0, max: 999_999 }), (timeMs, nanosOfMs) => {
        const text = formatTimestamp(timeMs, nanosOfMs);
        expect(parseTimestamp(text)).toEqual({ timeMs, nanosOfMs });
        expect(Date.parse(`${text.slice(0, 23)}Z`)).toBe(timeMs);
      }),
    );
  });
});
