import { describe, expect, it } from 'vitest';
import { directionArrow, formatCompact, formatPercent, formatPrice, formatSigned, shownDirection } from './numbers.ts';

describe('numbers', () => {
  it.each([
    [1234.5, 2, '1,234.50'],
    [0.12345, 4, '0.1235'],
    [1_234_567.891, 2, '1,234,567.89'],
    [999, 0, '999'],
    [-12.5, 2, '−12.50'],
    [Number.NaN, 2, '—'],
    [null, 2, '—'],
  ])('shows the price %s with %s decimals as %s', (value, decimals, text) => {
    expect(formatPrice(value, decimals)).toBe(text);
  });

  it.each([
    [1.25, '+1.25'],
    [-0.4, '−0.40'],
    [0, '0.00'],
    [0.001, '0.00'],
    [-0.001, '0.00'],
    [1_250.5, '+1,250.50'],
  ])('shows the change %s with its sign as %s', (value, text) => {
    expect(formatSigned(value)).toBe(text);
  });

  it.each([
    [0, '0'],
    [870, '870'],
    [999.96, '1.00k'],
    [1_000, '1.00k'],
    [45_600, '45.6k'],
    [999_499, '999k'],
    [999_600, '1.00M'],
    [999_960, '1.00M'],
    [12_345_678, '12.3M'],
    [123_456_789, '123M'],
    [4.2e9, '4.20B'],
    [-1_500, '−1.50k'],
    [Number.NaN, '—'],
  ])('shows the size %s as %s', (value, text) => {
    expect(formatCompact(value)).toBe(text);
  });

  it('gives a direction to what is shown as other than zero', () => {
    expect(shownDirection(0.0012, 4)).toBe(1);
    expect(shownDirection(0.0012, 2)).toBe(0);
    expect(shownDirection(-0.0049, 2)).toBe(0);
    expect(shownDirection(-0.0051, 2)).toBe(-1);
    expect(shownDirection(Number.NaN, 2)).toBe(0);
  });

  it('gives percentages a sign and directions an arrow', () => {
    expect(formatPercent(-1.236)).toBe('−1.24%');
    expect([1, 0, -1].map(directionArrow)).toEqual(['▲', '', '▼']);
  });
});
