import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { orAborted } from './pause.ts';

describe('waiting for work or the end', () => {
  it('leaves no listener behind, however the work ends', async () => {
    const { signal } = new AbortController();
    await orAborted(Promise.resolve(), signal);
    await expect(orAborted(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends with the signal, one that has aborted already too', async () => {
    const closing = new AbortController();
    const waiting = orAborted(new Promise(() => undefined), closing.signal);
    closing.abort();
    await waiting;
    await orAborted(new Promise(() => undefined), closing.signal);
    expect(getEventListeners(closing.signal, 'abort')).toEqual([]);
  });
});
