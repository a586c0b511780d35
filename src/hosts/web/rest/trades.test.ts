import { expect, test } from 'vitest';
import type { QueryStore } from '../../../store/store.ts';
import { BASE_MS, tradeOf } from '../../../testing/store-rows.ts';
import type { RestServices } from './rest-services.ts';
import { tradesResource } from './trades.ts';

/** Ten prints within one millisecond, then two later ones. */
const TRADES = [
  ...Array.from({ length: 10 }, (_, index) => tradeOf(index, { timeMs: BASE_MS, nanosOfMs: index * 100_000 })),
  ...[10, 11].map((index) => tradeOf(index, { timeMs: BASE_MS + index })),
].map((trade) => ({ ...trade, amendment: null }));

const store = {
  trades: ({ fromMs, toMs, limit }: Parameters<QueryStore['trades']>[0]) => {
    const found = TRADES.filter(({ timeMs }) => timeMs >= (fromMs ?? 0) && timeMs < (toMs ?? Infinity));
    return Promise.resolve(fromMs === null ? found.slice(-limit) : found.slice(0, limit));
  },
} as unknown as QueryStore;

const services = {
  read: (_dataset: unknown, work: (opened: QueryStore) => unknown) => work(store),
  findInstrument: () => Promise.resolve({ instrument: {}, suggestions: [] }),
} as unknown as RestServices;

const timeOf = (index: number): string => new Date(BASE_MS).toISOString().replace('Z', `${index}00000Z`);

async function idsOf(query: Readonly<Record<string, string>>) {
  const asked = { query: { symbol: 'AAPL', ...query }, parameters: {}, body: undefined };
  const answer = await tradesResource(services).answer(asked);
  if (answer.kind !== 'list') throw new Error('no list');
  return { ids: answer.rows.map((row) => row['id']), cursor: answer.nextCursor };
}

const idsFrom = (first: number, end: number) => TRADES.slice(first, end).map(({ id }) => id);

test('a range begins and ends at the very nanosecond', async () => {
  expect(await idsOf({ from: timeOf(3), to: timeOf(7) })).toEqual({ ids: idsFrom(3, 7), cursor: null });
});

test('its pages are full, and follow each other within a millisecond too', async () => {
  const range = { from: timeOf(5), limit: '3' };
  const found: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Awaited<ReturnType<typeof idsOf>> = await idsOf(cursor === '' ? range : { ...range, cursor });
    found.push(page.ids);
    cursor = page.cursor;
  }
  expect(found).toEqual([idsFrom(5, 8), idsFrom(8, 11), idsFrom(11, 12)]);
});

test('an end alone gives the latest prints before it', async () => {
  expect(await idsOf({ to: timeOf(4), limit: '2' })).toEqual({ ids: idsFrom(2, 4), cursor: null });
});
