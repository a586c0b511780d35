import { describe, expect, it } from 'vitest';
import { RequestBudget } from './request-budget.ts';

/** A budget on a clock that only moves while somebody waits. */
function budgetOf(perMinute: number) {
  let nowMs = 1_000_000;
  const signal = new AbortController().signal;
  const clock = { now: () => nowMs };
  const sleep = (ms: number): Promise<void> => {
    nowMs += ms;
    return Promise.resolve();
  };
  const budget = new RequestBudget({ perMinute, clock, sleep });
  return { budget, clock, take: () => budget.take(signal) };
}

describe('request budget', () => {
  it.each([5, 200, 1000])('never passes %d requests in any sixty seconds, and uses most of them', async (perMinute) => {
    const { take, clock } = budgetOf(perMinute);
    const times: number[] = [];
    for (let request = 0; request < perMinute * 4; request++) {
      await take();
      times.push(clock.now());
    }
    const busiest = Math.max(...times.map((fromMs, at) => times.findLastIndex((ms) => ms < fromMs + 60_000) - at + 1));
    expect(busiest).toBeLessThanOrEqual(perMinute);
    const minutes = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 60_000;
    expect(times.length / minutes).toBeGreaterThan(perMinute * 0.7);
  });

  it('takes over the limit of another plan', async () => {
    const { budget } = budgetOf(200);
    budget.learn(new Headers({ 'X-RateLimit-Limit': '10000', 'X-RateLimit-Remaining': '9999' }));
    expect(budget.perMinute).toBe(10_000);
  });

  it('waits for the reset when nothing remains', async () => {
    const { budget, clock, take } = budgetOf(200);
    const resetMs = clock.now() + 20_000;
    budget.learn(new Headers({ 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(resetMs / 1000) }));
    await take();
    expect(clock.now()).toBeGreaterThanOrEqual(resetMs);
  });

  it('waits a minute at most for a reset by a clock that disagrees', async () => {
    const { budget, clock, take } = budgetOf(200);
    const startMs = clock.now();
    budget.learn(new Headers({ 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '9999999999' }));
    await take();
    expect(clock.now() - startMs).toBeLessThan(62_000);
  });

  it('ignores headers that are no numbers', async () => {
    const { budget, clock, take } = budgetOf(200);
    const startMs = clock.now();
    budget.learn(new Headers({ 'X-RateLimit-Limit': 'many', 'X-RateLimit-Remaining': '' }));
    await take();
    expect(clock.now()).toBe(startMs);
    expect(budget.perMinute).toBe(200);
  });

  it('lets a waiting request go on abort, and the next one on', async () => {
    const { budget, take } = budgetOf(200);
    const given = new AbortController();
    given.abort();
    await expect(budget.take(given.signal)).rejects.toThrow();
    await take();
  });

  it('lets a request go at once on abort, also behind another that waits for the next minute', async () => {
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let nowMs = 1_000_000;
    const budget = new RequestBudget({ perMinute: 200, clock: { now: () => nowMs }, sleep: () => asleep });
    budget.closeUntil(nowMs + 60_000);
    const first = budget.take(new AbortController().signal);
    const given = new AbortController();
    const second = budget.take(given.signal);
    const third = budget.take(new AbortController().signal);
    given.abort();
    await expect(second).rejects.toThrow();
    nowMs += 60_000;
    wake();
    await Promise.all([first, third]);
  });
});
