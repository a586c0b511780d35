import { describe, expect, it } from 'vitest';
import { formatCompact, formatPrice, formatSignedPercent, formatSignedPrice, quotedDecimals } from './number-format.ts';

describe('numbers on screen', () => {
  it('are a dash when missing', () => {
    for (const value of [null, undefined, Number.NaN, Infinity]) {
      expect([
        formatPrice(value, 2),
        formatSignedPrice(value, 2),
        formatSignedPercent(value),
        formatCompact(value),
      ]).toEqual(['—', '—', '—', '—']);
    }
  });

  it('show prices with the decimals of the instrument', () => {
    expect(formatPrice(1234.5, 2)).toBe('1234.50');
    expect(formatPrice(0.12345, 4)).toBe('0.1235');
  });

  it('have four decimals below one dollar, and those of the instrument where there are more', () => {
    expect([quotedDecimals(0.0825), quotedDecimals(0.5, 6), quotedDecimals(1), quotedDecimals(Number.NaN)]).toEqual([
      4, 6, 2, 2,
    ]);
  });

  it('carry a sign unless they round to zero', () => {
    expect([1.234, -0.4, 0, -0.001, 0.004].map((value) => formatSignedPercent(value))).toEqual([
      '+1.23%',
      '-0.40%',
      '0.00%',
      '0.00%',
      '0.00%',
    ]);
    expect(formatSignedPrice(-12.5, 2)).toBe('-12.50');
  });

  it.each([
    [0, '0'],
    [950, '950'],
    [0.25, '0.25'],
    [1234, '1.23k'],
    [45_600_000, '45.6M'],
    [999_940, '1.00M'],
    [789e9, '789B'],
    [1.5e12, '1.50T'],
    [-2500, '-2.50k'],
  ])('shorten %d to %s', (value, expected) => {
    expect(formatCompact(value)).toBe(expected);
  });
});
