import { expect, test } from 'vitest';
import { sessionCalendar } from '../../../market/index.ts';
import { calendarResource } from './calendar.ts';
import type { RestServices } from './rest-services.ts';

const services = { current: () => ({ dataset: 'live', nowMs: 0 }) } as unknown as RestServices;

async function page(query: Readonly<Record<string, string>>) {
  const answer = await calendarResource(services).answer({
    query: { name: 'us-equities', ...query },
    parameters: {},
    body: undefined,
  });
  if (answer.kind !== 'list') throw new Error('no list');
  return { dates: answer.rows.map((row) => String(row['date'])), cursor: answer.nextCursor };
}

test('pages hold the days of a range one after the other, over holidays too', async () => {
  const range = { from: '2026-12-20', to: '2027-01-20' };
  const found: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const next: Awaited<ReturnType<typeof page>> = await page({
      ...range,
      limit: '1',
      ...(cursor === '' ? {} : { cursor }),
    });
    found.push(...next.dates);
    cursor = next.cursor;
  }
  const days = sessionCalendar('us-equities').days(Date.parse(range.from), Date.parse(range.to));
  expect(found).toEqual(days.map(({ date }) => date).filter((date) => date >= range.from && date < range.to));
});

test('a page of a range of many centuries costs no more than a page', async () => {
  expect(await page({ from: '1000-01-01', to: '9000-01-01', limit: '2' })).toMatchObject({
    dates: [expect.stringMatching(/^1000-01-0/), expect.stringMatching(/^1000-01-0/)],
  });
});

test('an end alone gives the last days before it', async () => {
  expect(await page({ to: '2026-12-28', limit: '2' })).toEqual({ dates: ['2026-12-23', '2026-12-24'], cursor: null });
});
