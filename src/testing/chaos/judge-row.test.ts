import { expect, test } from 'vitest';
import { brokenOffRow } from './chaos-table.ts';
import { missedLimits, offNumbers } from './judge-row.ts';

const RIGHT = {
  scenario: 'kill-persist',
  kills: 8,
  published: 100,
  stored: 100,
  lost: 0,
  duplicated: 0,
  candlesDifferent: 0,
  deadLetters: 10,
  recoverySeconds: 9.5,
  workedOffTimes: null,
  hotLagTimes: null,
};

test('nothing is off where every count is what it must be', () => {
  expect(offNumbers(RIGHT, 10)).toEqual([]);
});

test.each([
  [{ stored: 99 }, '99 stored, 100 published'],
  [{ lost: 1 }, 'lost is 1'],
  [{ duplicated: 2 }, 'duplicated is 2'],
  [{ candlesDifferent: 3 }, 'candlesDifferent is 3'],
  [{ deadLetters: 9 }, '9 dead letters of 10 malformed messages'],
])('%o is off', (change, problem) => {
  expect(offNumbers({ ...RIGHT, ...change }, 10)).toEqual([problem]);
});

test('a scenario that broke off says so and counts all of its feed as lost', () => {
  const row = brokenOffRow('kill-persist', 100, 'Error: no broker');
  expect(row.problems).toEqual(['it broke off: Error: no broker']);
  expect(offNumbers(row, 0)).toContain('lost is 100');
});

test.each([
  [{ recoverySeconds: 14.9, workedOffTimes: 3, hotLagTimes: 2 }, 0],
  [{ recoverySeconds: 15, workedOffTimes: 3, hotLagTimes: 2 }, 1],
  [{ recoverySeconds: 14.9, workedOffTimes: 2.9, hotLagTimes: 2 }, 1],
  [{ recoverySeconds: 14.9, workedOffTimes: 3, hotLagTimes: 2.1 }, 1],
  [{ recoverySeconds: null, workedOffTimes: null, hotLagTimes: null }, 3],
])('of %o so many figures are missed: %i', (measured, count) => {
  expect(missedLimits(measured, { recoverySeconds: 15, workedOffTimes: 3, hotLagTimes: 2 })).toHaveLength(count);
  expect(missedLimits(measured, {})).toEqual([]);
});
