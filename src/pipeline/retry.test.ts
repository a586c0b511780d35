import { describe, expect, it } from 'vitest';
import { TapedeckError } from '../market/index.ts';
import { retry } from './retry.ts';

const LOST = new TapedeckError('connection-lost', 'gone', { retryable: true });
const REFUSED = new TapedeckError('read-only', 'no');

function failing(...errors: TapedeckError[]): () => Promise<string> {
  return () => {
    const error = errors.shift();
    return error === undefined ? Promise.resolve('done') : Promise.reject(error);
  };
}

describe('retry', () => {
  it('repeats what failed in passing', async () => {
    const seen: [string, number][] = [];
    const result = await retry({
      work: failing(LOST),
      signal: new AbortController().signal,
      onFailure: ({ code }, attempt) => seen.push([code, attempt]),
    });
    expect(result).toBe('done');
    expect(seen).toEqual([['connection-lost', 0]]);
  });

  it('throws what no repetition can cure, and has reported it', async () => {
    const seen: string[] = [];
    const request = {
      work: failing(REFUSED),
      signal: new AbortController().signal,
      onFailure: ({ code }: TapedeckError) => void seen.push(code),
    };
    await expect(retry(request)).rejects.toBe(REFUSED);
    expect(seen).toEqual(['read-only']);
  });

  it('throws the last failure once nobody waits any more', async () => {
    const request = { work: failing(LOST), signal: AbortSignal.abort(), onFailure: () => undefined };
    await expect(retry(request)).rejects.toBe(LOST);
  });
});
