import { expect, test } from 'vitest';
import { TapedeckError } from '../../market/index.ts';
import { parseValue } from './value-parser.ts';

test('an error from outside says what would have been right, and not what it says itself', () => {
  const parser = { expected: 'an address', parse: (given: string) => decodeURIComponent(given) };
  expect(parseValue(parser, 'secret%')).toEqual({ wrong: ' must be an address' });
});

test('an error of our own says what is wrong', () => {
  const parser = {
    expected: 'an address',
    parse: (): string => {
      throw new TapedeckError('bad-config', 'it names no database');
    },
  };
  expect(parseValue(parser, 'x')).toEqual({ wrong: ': it names no database' });
});
