import { describe, expect, it } from 'vitest';
import { formatAge, formatClock, formatCountdown, formatDay, zoneOffsetMs } from './times.ts';

const HOUR_MS = 3_600_000;

describe('times', () => {
  it('follows New York through its change to winter time', () => {
    const before = Date.parse('2026-11-01T05:30:00Z');
    const after = Date.parse('2026-11-01T06:30:00Z');
    expect(zoneOffsetMs(before, 'exchange')).toBe(-4 * HOUR_MS);
    expect(zoneOffsetMs(after, 'exchange')).toBe(-5 * HOUR_MS);
    expect(formatClock(before, 'exchange')).toBe('01:30:00');
    expect(formatClock(after, 'exchange')).toBe('01:30:00');
  });

  it('names the day of the zone, not of UTC', () => {
    const lateEvening = Date.parse('2026-11-21T02:00:00Z');
    expect(formatDay(lateEvening, 'exchange')).toBe('20 Nov');
    expect(formatDay(lateEvening, 'utc')).toBe('21 Nov');
  });

  it.each([
    [-5, '00:00'],
    [429_000, '07:09'],
    [11_229_000, '3:07:09'],
    [183_600_000, '2d 03h'],
  ])('counts %s ms down as %s', (durationMs, text) => {
    expect(formatCountdown(durationMs)).toBe(text);
  });

  it.each([
    [4_000, '4s'],
    [754_000, '12m'],
    [3 * HOUR_MS, '3h'],
    [120 * HOUR_MS, '5d'],
  ])('tells an age of %s ms as %s', (durationMs, text) => {
    expect(formatAge(durationMs)).toBe(text);
  });
});
