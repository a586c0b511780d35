import { describe, expect, it } from 'vitest';
import { durationText, shortTimeText } from './time-text.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 9, 31, 5);

describe('times of a column', () => {
  it('leave out the day where it is today', () => {
    expect(shortTimeText(NOW_MS, NOW_MS, 'utc')).toBe('09:31:05');
    expect(shortTimeText(NOW_MS - 10 * 3_600_000, NOW_MS, 'utc')).toBe('20 Nov 23:31');
    expect(shortTimeText(NOW_MS - 365 * 86_400_000, NOW_MS, 'utc')).toBe('21 Nov 09:31');
  });
});

describe('the length of a stretch of time', () => {
  it.each([
    [250, '250 ms'],
    [89_000, '89 s'],
    [120_000, '2 min'],
    [12_600_000, '3.5 h'],
    [259_200_000, '3 d'],
  ])('of %d ms is %s', (durationMs, text) => {
    expect(durationText(durationMs)).toBe(text);
  });
});
