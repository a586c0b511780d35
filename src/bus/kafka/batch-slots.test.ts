import { expect, it } from 'vitest';
import { BatchSlots } from './batch-slots.ts';

it('lets in so many at once, the others in order, also after one failed', async () => {
  const slots = new BatchSlots(2);
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const work = (number: number): Promise<void> =>
    slots.run(() => {
      begun.push(number);
      return new Promise((resolve, reject) => ends.push((error) => (error === undefined ? resolve() : reject(error))));
    });
  const all = [0, 1, 2, 3].map((number) => work(number).catch(() => undefined));
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  ends[1]?.(new Error('no'));
  await all[1];
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.();
  ends[2]?.();
  await Promise.all([all[0], all[2]]);
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[3]?.();
  await all[3];
});
