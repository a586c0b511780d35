import { assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeTicks, valueTicks } from './axis-ticks.ts';

describe('valueTicks', () => {
  it('chooses round values', () => {
    expect(valueTicks(25.07, 25.48, 9)).toEqual([25.1, 25.15, 25.2, 25.25, 25.3, 25.35, 25.4, 25.45]);
    expect(valueTicks(0, 100, 4)).toEqual([0, 25, 50, 75, 100]);
  });

  it('stays inside the range, ascending, and near the wanted number', () => {
    assert(
      property(
        double({ min: 0.01, max: 1e6, noNaN: true }),
        double({ min: 1e-3, max: 1, noNaN: true }),
        (low, share) => {
          const high = low * (1 + share);
          const ticks = valueTicks(low, high, 8);
          expect(ticks.every((tick) => tick >= low - 1e-9 * low && tick <= high + 1e-9 * high)).toBe(true);
          expect(ticks.every((tick, index) => index === 0 || tick > (ticks[index - 1] ?? 0))).toBe(true);
          expect(ticks.length).toBeLessThanOrEqual(9);
        },
      ),
    );
  });

  it('has none for an empty range', () => {
    expect(valueTicks(5, 5, 8)).toEqual([]);
  });
});

describe('timeTicks', () => {
  const minutes = (from: string, count: number) =>
    Array.from({ length: count }, (_, index) => Date.parse(from) + index * 60_000);

  it('labels whole quarters of an hour of the zone', () => {
    const times = minutes('2026-11-20T18:53:00Z', 60);
    const labels = timeTicks(times, 0, 59, 5, '1m', 'exchange').map(({ label }) => label);
    expect(labels).toEqual(['14:00', '14:15', '14:30', '14:45']);
  });

  it('names the day where one begins, also across a night without candles', () => {
    const times = [...minutes('2026-11-19T20:30:00Z', 30), ...minutes('2026-11-20T14:30:00Z', 30)];
    const ticks = timeTicks(times, 0, 59, 6, '1m', 'exchange');
    expect(ticks.filter(({ isMajor }) => isMajor)).toEqual([{ index: 30, label: '20 Nov', isMajor: true }]);
  });

  it('names months on daily candles', () => {
    const days = Array.from({ length: 120 }, (_, index) => Date.parse('2026-07-01T04:00:00Z') + index * 86_400_000);
    const labels = timeTicks(days, 0, 119, 5, '1d', 'exchange').map(({ label }) => label);
    expect(labels).toContain('Sep 2026');
  });

  it('gives no more than asked for', () => {
    const times = minutes('2026-11-20T14:30:00Z', 390);
    expect(timeTicks(times, 0, 389, 8, '1m', 'utc').length).toBeLessThanOrEqual(8);
  });
});
