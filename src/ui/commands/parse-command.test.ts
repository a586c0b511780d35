import { describe, expect, it } from 'vitest';
import { canBecomeInterval, parseCommand, parseInterval, parseSymbols } from './parse-command.ts';

const CODES = new Set(['W', 'GP', 'ALRT', 'SET']);
const parse = (line: string) => parseCommand(line, CODES);

describe('parseCommand', () => {
  it('reads symbol and function in either order', () => {
    const expected = { symbol: 'AAPL', code: 'GP', interval: null, rest: [] };
    expect(parse('AAPL GP')).toEqual(expected);
    expect(parse('gp  aapl ')).toEqual(expected);
  });

  it('reads an interval after the symbol', () => {
    expect(parse('brk.b 15m')).toEqual({ symbol: 'BRK.B', code: null, interval: '15m', rest: [] });
    expect(parse('AAPL GP 5')).toEqual({ symbol: 'AAPL', code: 'GP', interval: '5m', rest: [] });
  });

  it('takes a lone function code as the function and the second one as a ticker', () => {
    expect(parse('W')).toMatchObject({ code: 'W', symbol: null });
    expect(parse('W W')).toMatchObject({ code: 'W', symbol: 'W' });
  });

  it('keeps words that fit nothing, so that a company name is not run as a command', () => {
    expect(parse('berkshire hathaway')).toMatchObject({ symbol: 'BERKSHIRE', rest: ['HATHAWAY'] });
    expect(parse('')).toEqual({ symbol: null, code: null, interval: null, rest: [] });
  });
});

describe('intervals', () => {
  it.each([
    ['1', '1m'],
    ['15', '15m'],
    ['60', '1h'],
    ['1H', '1h'],
    ['d', '1d'],
    ['7', null],
  ])('reads %s as %s', (word, interval) => {
    expect(parseInterval(word)).toBe(interval);
  });

  it('knows that more digits may follow', () => {
    expect(['1', '6', '15'].map(canBecomeInterval)).toEqual([true, true, true]);
    expect(['7', '16', '155'].map(canBecomeInterval)).toEqual([false, false, false]);
  });
});

describe('parseSymbols', () => {
  it('finds tickers in pasted text, each once', () => {
    expect(parseSymbols(' aapl, msft;BRK.B\nAAPL  "x"')).toEqual(['AAPL', 'MSFT', 'BRK.B']);
  });
});
