import { expect, test } from 'vitest';
import { CrashBudget } from './crash-budget.ts';

test('a page may crash three times in a minute before the user is asked', () => {
  const budget = new CrashBudget();
  expect([0, 10_000, 20_000, 30_000].map((crashMs) => budget.allowsReload(crashMs))).toEqual([true, true, true, false]);
  budget.reset();
  expect(budget.allowsReload(31_000)).toBe(true);
});

test('crashes far apart never add up', () => {
  const budget = new CrashBudget();
  for (let crashMs = 0; crashMs < 600_000; crashMs += 20_000) expect(budget.allowsReload(crashMs)).toBe(true);
});
