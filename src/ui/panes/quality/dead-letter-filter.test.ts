import { describe, expect, it } from 'vitest';
import { criteriaOf, OPEN_LETTERS, prettyPayload } from './dead-letter-filter.ts';

describe('the filter of dead letters', () => {
  it('names what never reached the bus by the empty topic, and counts a span back from now', () => {
    expect(criteriaOf({ state: 'all', topic: 'feed', reason: ' price ', span: 'hour' }, 10_000_000)).toEqual({
      state: null,
      topic: '',
      reason: 'price',
      fromMs: 6_400_000,
      toMs: null,
    });
  });

  it('lets every open one pass at first', () => {
    expect(criteriaOf(OPEN_LETTERS, 0)).toEqual({ state: 'open', topic: null, reason: null, fromMs: null, toMs: null });
  });
});

describe('a payload', () => {
  it('is indented where it is JSON, and else shown as it came', () => {
    expect(prettyPayload('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(prettyPayload('{"a":')).toBe('{"a":');
    expect(prettyPayload('<b>bold</b>')).toBe('<b>bold</b>');
  });
});
