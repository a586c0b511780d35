import { describe, expect, test } from 'vitest';
import { answerFormat } from './answer-format.ts';

describe('the format of an answer', () => {
  test.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['text/csv', 'csv'],
    ['text/*', 'csv'],
    ['text/csv, application/json', 'json'],
    ['text/csv, */*;q=0.1', 'csv'],
    ['text/csv;q=0.5, application/json;q=0.4', 'csv'],
    ['text/html, application/*;q=0.2', 'json'],
    ['image/png', null],
    ['application/json;q=0, text/csv;q=0', null],
  ])('of a list for Accept %s is %s', (accept, format) => {
    expect(answerFormat(accept, true)).toBe(format);
  });

  test('of one thing is never CSV', () => {
    expect(answerFormat('text/csv', false)).toBeNull();
    expect(answerFormat('text/csv, */*', false)).toBe('json');
  });
});
