import { expect, test } from 'vitest';
import type { TimeRange } from '../../../store/store.ts';
import { timePage } from './time-pages.ts';

/** Kinds of error: in the range when they first happened before its end, in the order of when they last did. */
const KINDS = [
  { name: 'before', firstMs: 100, lastMs: 150 },
  { name: 'still going on', firstMs: 120, lastMs: 900 },
  { name: 'going on too', firstMs: 130, lastMs: 950 },
  { name: 'after', firstMs: 600, lastMs: 990 },
];

const fetchKinds = ({ fromMs, toMs, limit }: TimeRange) =>
  Promise.resolve(
    KINDS.filter((kind) => kind.lastMs >= (fromMs ?? 0) && kind.firstMs < (toMs ?? Infinity)).slice(0, limit),
  );

test('goes on where a page ended, also when that lies behind the end of the range', async () => {
  const range = { from: 100, to: 500, limit: 2 };
  const first = await timePage(range, fetchKinds, (kind) => kind.lastMs);
  expect(first.items.map(({ name }) => name)).toEqual(['before', 'still going on']);
  const second = await timePage({ ...range, cursor: first.nextCursor ?? '' }, fetchKinds, (kind) => kind.lastMs);
  expect(second).toEqual({ items: [KINDS[2]], nextCursor: null });
});

test('refuses a range that ends before it begins', async () => {
  const asked = timePage({ from: 500, to: 100 }, fetchKinds, (kind) => kind.lastMs);
  await expect(asked).rejects.toMatchObject({ problem: { status: 400, parameter: 'to' } });
});
