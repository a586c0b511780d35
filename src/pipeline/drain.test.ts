import { expect, test } from 'vitest';
import type { Consumption, PartitionLag } from '../bus/bus.ts';
import { drain } from './drain.ts';

/** Reads one record whenever it is asked; others keep publishing. */
function slowConsumption(position: number, endOffset: number): Consumption {
  let asked = 0;
  return {
    lag: (): Promise<readonly PartitionLag[]> => {
      const lag = { topic: 'trades', partition: 0, position: position + asked, endOffset: endOffset + asked } as const;
      asked++;
      return Promise.resolve([lag]);
    },
    close: () => Promise.resolve(),
  };
}

test('waits for what was published before, not for what others publish meanwhile', async () => {
  const consumption = slowConsumption(7, 10);
  expect(await drain({ consumption, limitMs: 60_000, isStuck: () => false })).toBe(0);
});

test('gives up when nothing takes the records, and says how many are left', async () => {
  expect(await drain({ consumption: slowConsumption(0, 10), limitMs: 60_000, isStuck: () => true })).toBe(9);
});

test('gives up when the time is over', async () => {
  expect(await drain({ consumption: slowConsumption(0, 1_000), limitMs: 1, isStuck: () => false })).toBeGreaterThan(0);
});
