import { describe, expect, it } from 'vitest';
import { halvesOf, type PublishRequest, requestBytes } from './publish-request.ts';

const request: PublishRequest = new Map([
  ['trades', [{ value: 'a' }, { value: 'bb' }, { value: 'é' }]],
  ['bars', [{ value: 'd' }]],
]);

describe('a request', () => {
  it('is as large as the bytes of its messages', () => {
    expect(requestBytes(request)).toBe(6);
  });

  it('falls into halves that keep the order of every topic, down to single messages', () => {
    const waiting: PublishRequest[] = [request];
    const single: unknown[] = [];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const halves = halvesOf(next);
      if (halves === null) single.push(...[...next].map(([topic, messages]) => [topic, ...messages]));
      else waiting.unshift(...halves);
    }
    expect(single).toEqual([
      ['trades', { value: 'a' }],
      ['trades', { value: 'bb' }],
      ['trades', { value: 'é' }],
      ['bars', { value: 'd' }],
    ]);
  });
});
