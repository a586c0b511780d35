import { describe, expect, it } from 'vitest';
import { type PrintEffect, marksSession, printEffect } from './sale-conditions.ts';

/** `last highLow volume dailyPrices`, a letter each where true; `?` for unknown. */
function effect(tape: string, ...conditions: string[]): string {
  const { last, highLow, volume, dailyPrices, isUnknown } = printEffect('alpaca', tape, conditions);
  const letters = [
    last && 'L',
    highLow && 'H',
    volume && 'V',
    (last || highLow) && dailyPrices && 'D',
    isUnknown && '?',
  ];
  return letters.filter(Boolean).join('');
}

describe('sale conditions', () => {
  it('let a print without any count for everything, whoever sent it', () => {
    const everything: PrintEffect = { last: true, highLow: true, volume: true, dailyPrices: true, isUnknown: false };
    for (const provider of ['alpaca', 'mock', 'replay']) expect(printEffect(provider, '', [])).toEqual(everything);
  });

  it.each([
    ['C', '@', 'LHVD', 'regular'],
    ['A', ' ', 'LHVD', 'regular'],
    ['C', 'F', 'LHVD', 'intermarket sweep'],
    ['A', 'I', 'V', 'odd lot'],
    ['A', 'B', 'V', 'average price on tapes A and B'],
    ['C', 'B', 'LHVD', 'bunched on tape C'],
    ['C', 'W', 'V', 'average price on tape C'],
    ['A', 'W', 'V?', 'no code of tapes A and B'],
    ['A', 'E', 'LHVD', 'automatic execution'],
    ['C', 'P', 'HVD', 'prior reference price'],
    ['C', 'Z', 'HVD', 'out of sequence'],
    ['B', '4', 'HVD', 'derivatively priced'],
    ['C', 'T', 'LHV', 'extended hours'],
    ['C', 'U', 'HV', 'extended hours, out of sequence'],
    ['C', 'Q', '', 'official open'],
    ['A', 'M', '', 'official close'],
    ['A', '9', 'LHD', 'corrected consolidated close'],
    ['A', '6', 'LHVD', 'closing print'],
    ['C', 'ß', 'V?', 'unknown'],
  ])('on tape %s, %j moves %j: %s', (tape, code, expected) => {
    expect(effect(tape, code)).toBe(expected);
  });

  it('allow what all conditions of a print allow', () => {
    expect(effect('C', '@', 'T', 'I')).toBe('V');
    expect(effect('C', '@', 'T')).toBe('LHV');
    expect(effect('C', 'T', 'Z')).toBe('HV');
    expect(effect('C', '@', 'ß')).toBe('V?');
  });

  it('count for volume only where a provider without a table sends codes of its own', () => {
    expect(printEffect('elsewhere', '', ['@'])).toMatchObject({ last: true, isUnknown: false });
    expect(printEffect('elsewhere', '', ['X'])).toMatchObject({ last: false, volume: true, isUnknown: true });
  });

  it('tell the session only where there are any that do', () => {
    expect(marksSession('alpaca', ['T'])).toBe(true);
    expect(marksSession('alpaca', [])).toBe(false);
    expect(marksSession('elsewhere', ['T'])).toBe(false);
  });
});
