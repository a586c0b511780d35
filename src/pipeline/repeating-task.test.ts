import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RepeatingTask } from './repeating-task.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** How often `work` ran in each of the given stretches. */
async function runsIn(stretchesMs: readonly number[], intervalMs: number, work: () => Promise<void>) {
  let runs = 0;
  const counted = (): Promise<void> => {
    runs++;
    return work();
  };
  const task = new RepeatingTask(intervalMs, counted, () => undefined);
  const found: number[] = [];
  for (const stretchMs of stretchesMs) {
    runs = 0;
    await vi.advanceTimersByTimeAsync(stretchMs);
    found.push(runs);
  }
  await task.stop();
  return found;
}

test('what fails again and again is tried every two seconds, and as often as before once it works', async () => {
  let isBroken = true;
  setTimeout(() => (isBroken = false), 20_000);
  const work = (): Promise<void> => (isBroken ? Promise.reject(new Error('no bus')) : Promise.resolve());
  const [, broken, , working] = await runsIn([10_000, 10_000, 5_000, 1_000], 100, work);
  expect([broken, working]).toEqual([5, 10]);
});

test('what runs seldom anyway runs no less often when it fails', async () => {
  expect(await runsIn([30_000], 3_000, () => Promise.reject(new Error('no store')))).toEqual([10]);
});

test('runs at once when it is asked to, whatever failed before', async () => {
  let runs = 0;
  const task = new RepeatingTask(
    100,
    () => {
      runs++;
      return Promise.reject(new Error('no bus'));
    },
    () => undefined,
  );
  await vi.advanceTimersByTimeAsync(10_000);
  const before = runs;
  task.runSoon();
  expect(runs).toBe(before + 1);
  await task.stop();
});
