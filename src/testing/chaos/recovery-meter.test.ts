import { afterEach, expect, test } from 'vitest';
import { RecoveryMeter } from './recovery-meter.ts';

const LONG_MS = 60_000;

let meter: RecoveryMeter;
let reads: number;
let isEnded: boolean;

afterEach(() => meter.close());

/** Of two partitions, look by look; the last answer stays. */
function open(...answers: readonly (readonly [number, number] | null)[]): void {
  reads = 0;
  isEnded = false;
  const read = (): ReadonlyMap<string, number> | null => {
    const answer = answers[Math.min(reads, answers.length - 1)] ?? null;
    reads += 1;
    return answer === null
      ? null
      : new Map(answer.map((position, partition) => [`trades${String(partition)}`, position]));
  };
  meter = new RecoveryMeter(
    () => Promise.resolve(read()),
    () => isEnded,
    0,
  );
}

test('a disturbance is over once every position has moved, not only some', async () => {
  open([5, 7], [6, 7], [6, 7], [6, 8]);
  meter.disturbed();
  await meter.recovered(LONG_MS);
  expect(reads).toBe(4);
  expect(meter.longestMs).toBeGreaterThan(0);
  expect(meter.problems).toEqual([]);
});

test('a database that cannot be asked is no recovery', async () => {
  open([5, 7], null, null, [6, 8]);
  meter.disturbed();
  await meter.recovered(LONG_MS);
  expect(reads).toBe(4);
});

test('one that nothing recovered from within the patience is told, once', async () => {
  open([5, 7]);
  meter.disturbed();
  await meter.recovered(1);
  await meter.recovered(1);
  await meter.close();
  expect(meter.problems).toEqual(['after a disturbance not all stored positions moved again within 0.001 s']);
  expect(meter.longestMs).toBeNull();
});

test('one that is still open at the end of the run is told', async () => {
  open([5, 7]);
  meter.disturbed();
  await meter.close();
  expect(meter.problems).toEqual([
    'after a disturbance not all stored positions moved again before the end of the run',
  ]);
});

test('one that is open when all of the feed is stored is dropped', async () => {
  open([5, 7]);
  meter.disturbed();
  isEnded = true;
  await meter.recovered(LONG_MS);
  await meter.close();
  expect(meter.problems).toEqual([]);
  expect(meter.longestMs).toBeNull();
});
