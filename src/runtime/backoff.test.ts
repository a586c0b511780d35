import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';
import { aborted, pause } from './pause.ts';

describe('a backoff', () => {
  it('doubles up to its longest delay and begins anew after a success', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 500 });
    expect(Array.from({ length: 5 }, () => backoff.nextDelayMs())).toEqual([100, 200, 400, 500, 500]);
    backoff.reset();
    expect(backoff.nextDelayMs()).toBe(100);
  });

  it('shortens a delay by up to half at random', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 500, random: () => 0.5 });
    expect([backoff.nextDelayMs(), backoff.nextDelayMs()]).toEqual([75, 150]);
  });

  it('ends its wait when it is aborted', async () => {
    const giveUp = new AbortController();
    const waiting = new Backoff({ baseMs: 3_600_000, maxMs: 3_600_000 }).wait(giveUp.signal);
    giveUp.abort();
    expect(await waiting).toBe(false);
    expect(await pause(3_600_000, giveUp.signal)).toBe(false);
    await aborted(giveUp.signal);
  });

  it('says that it waited to the end', async () => {
    expect(await pause(0, new AbortController().signal)).toBe(true);
  });
});
