import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestHost, type TestHost } from '../../testing/host-test-host.ts';
import { candleOf, emptyBatch } from '../../testing/store-rows.ts';

type Body = Record<string, unknown>;

const OPEN_MS = Date.UTC(2026, 6, 13, 13, 30);
const MINUTE_MS = 60_000;
const DAYS = 'from=2026-07-13T00:00:00Z&to=2026-07-15T00:00:00Z';

let running: TestHost;

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly location: string | null;
  readonly body: Body;
}

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'content-type': 'application/json' };
  }
  const response = await running.get(`/api/v1${path}`, init);
  const { headers, status } = response;
  return {
    status,
    type: headers.get('content-type'),
    location: headers.get('location'),
    body: (await response.json()) as Body,
  };
}

const list = async (path: string): Promise<readonly Body[]> => (await ask('GET', path)).body['data'] as readonly Body[];

/** The rows of all pages. */
async function pages(path: string): Promise<readonly Body[]> {
  const rows: Body[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body }: Answer = await ask('GET', path + next);
    rows.push(...(body['data'] as readonly Body[]));
    cursor = body['nextCursor'] as string | null;
  } while (cursor !== null);
  return rows;
}

/** Every problem has the media type of RFC 9457 and repeats its status. */
async function problem(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await ask(method, path, body);
  expect(answer.type).toBe('application/problem+json; charset=utf-8');
  expect(answer.body['status']).toBe(answer.status);
  return answer.body;
}

beforeAll(async () => {
  running = await startTestHost({ args: ['--mock', 'seed=5', '--symbols', 'AAPL'] });
  const store = running.host.pipelineHost.store();
  const minute = (symbol: string, index: number, changes: Parameters<typeof candleOf>[0] = {}) =>
    candleOf({ symbol, openTimeMs: OPEN_MS + index * MINUTE_MS, isClosed: true, ...changes });
  const candles = ['QA', 'QB'].flatMap((symbol) => [
    minute(symbol, 0),
    minute(symbol, 0, { source: 'feed-bar', close: 99, volume: 1 }),
    minute(symbol, 1),
    minute(symbol, 1, { source: 'feed-bar', high: 103 }),
    minute(symbol, 1_440),
  ]);
  const position = { clusterId: 'test', consumer: 'test', topic: 'trades', partition: 0 };
  await store.persist({ ...emptyBatch(position, null, 1), candles });
  await store.saveGap({
    id: 'lost/1',
    symbol: 'AAPL',
    reason: 'disconnect',
    fromMs: OPEN_MS,
    toMs: OPEN_MS + 5 * MINUTE_MS,
    lostCount: null,
    detail: '',
    backfilledMs: null,
  });
}, 120_000);

afterAll(() => running?.close());

describe('data quality over HTTP', () => {
  test('is a row for each symbol and day, in pages that follow each other', async () => {
    const all = (await list(`/data-quality?${DAYS}`)).filter(({ symbol }) => String(symbol).startsWith('Q'));
    expect(all.map(({ day, symbol }) => `${String(day)} ${String(symbol)}`)).toEqual([
      '2026-07-13 QA',
      '2026-07-13 QB',
      '2026-07-14 QA',
      '2026-07-14 QB',
    ]);
    expect(all[0]).toMatchObject({
      trades: 6,
      barsCompared: 2,
      barsDiffering: 2,
      expectedMinutes: 390,
      coveredMinutes: 2,
      coveragePercent: 0.51,
      missingMinutes: 0,
    });
    const paged = await pages(`/data-quality?${DAYS}&limit=1`);
    expect(paged.filter(({ symbol }) => String(symbol).startsWith('Q'))).toEqual(all);
    expect(await list(`/data-quality?symbol=QB&${DAYS}`)).toHaveLength(2);
  });

  test('names the values in which bars and candles differ, ascending, in pages that follow each other', async () => {
    const path = `/data-quality/differences?${DAYS}`;
    const [close, volume, high] = await list(`${path}&symbol=QA`);
    expect(close).toEqual({
      symbol: 'QA',
      interval: '1m',
      openTime: '2026-07-13T13:30:00.000Z',
      field: 'close',
      builtValue: 101.25,
      feedValue: 99,
    });
    expect(volume).toMatchObject({ openTime: '2026-07-13T13:30:00.000Z', field: 'volume', feedValue: 1 });
    expect(high).toMatchObject({ openTime: '2026-07-13T13:31:00.000Z', field: 'high', feedValue: 103 });
    const all = await list(path);
    expect(all).toHaveLength(6);
    for (const limit of [1, 3, 4]) expect(await pages(`${path}&limit=${limit}`)).toEqual(all);
    const withoutFrom = '/data-quality/differences?to=2026-07-15T00:00:00Z';
    expect(await ask('GET', `${withoutFrom}&limit=3`)).toMatchObject({
      body: { data: all.slice(-3), nextCursor: null },
    });
  });

  test('shows a pane the same values latest first', async () => {
    const toMs = OPEN_MS + 5 * MINUTE_MS;
    const { dayQuality } = createRouterClient(running.host.router);
    const found = await dayQuality.differences({ symbol: 'QA', fromMs: OPEN_MS, toMs });
    expect(found.map(({ openTimeMs, field }) => [openTimeMs, field])).toEqual([
      [OPEN_MS + MINUTE_MS, 'high'],
      [OPEN_MS, 'close'],
      [OPEN_MS, 'volume'],
    ]);
  });

  test.each(['/data-quality', '/data-quality/differences'])('%s says what is wrong with a question', async (path) => {
    const parameterOf = async (query: string) => (await problem('GET', `${path}?${query}`))['parameter'];
    expect(await parameterOf('from=2026-07-15T00:00:00Z&to=2026-07-13T00:00:00Z')).toBe('to');
    expect(await parameterOf('from=2026-01-01T00:00:00Z&to=2026-07-13T00:00:00Z')).toBe('from');
    expect(await parameterOf('from=yesterday')).toBe('from');
    expect(await parameterOf('limit=0')).toBe('limit');
    expect(await parameterOf('days=3')).toBe('days');
    expect(await problem('GET', `${path}?symbol=ZZZZ&${DAYS}`)).toMatchObject({ status: 404 });
  });

  test.each(['/data-quality', '/data-quality/differences'])('%s refuses a cursor that is none', async (path) => {
    expect(await problem('GET', `${path}?cursor=nonsense`)).toMatchObject({ status: 400, parameter: 'cursor' });
  });
});

describe('backfills over HTTP', () => {
  test('are asked for by gap, and the gap’s row tells how far they are', async () => {
    const asked = await ask('POST', '/gaps/lost%2F1/backfill', {});
    expect(asked).toMatchObject({ status: 201, location: '/api/v1/gaps/lost%2F1', body: { id: 'lost/1' } });
    expect(['queued', 'running', 'done']).toContain(asked.body['state']);
    expect((await ask('GET', '/gaps/lost%2F1')).body).toMatchObject({ id: 'lost/1', reason: 'disconnect' });
    expect(await problem('POST', '/gaps/none/backfill', {})).toMatchObject({ status: 404 });
    expect(await problem('GET', '/gaps/none')).toMatchObject({ status: 404 });
    expect(await problem('POST', '/gaps/lost%2F1/backfill', { now: true })).toMatchObject({ parameter: 'now' });
  });

  test('are asked for by stretch, in whole minutes, which becomes a gap', async () => {
    const stretch = { symbol: 'AAPL', from: '2026-07-13T14:00:20Z', to: '2026-07-13T14:04:01Z' };
    const asked = await ask('POST', '/backfill', stretch);
    expect(asked).toMatchObject({
      status: 201,
      body: { reason: 'requested', fromTime: '2026-07-13T14:00:00.000Z', toTime: '2026-07-13T14:05:00.000Z' },
    });
    const path = (asked.location ?? '').replace('/api/v1', '');
    expect((await ask('GET', path)).body).toMatchObject({ id: asked.body['id'], symbol: 'AAPL' });
    expect((await ask('POST', '/backfill', stretch)).body['id']).toBe(asked.body['id']);
  });

  test.each([
    ['that ends before it begins', { from: '2026-07-13T15:00:00Z', to: '2026-07-13T14:00:00Z' }, 400],
    ['of more than 31 days', { from: '2026-05-01T00:00:00Z', to: '2026-07-13T14:00:00Z' }, 400],
    ['in the future', { from: '2999-01-01T00:00:00Z', to: '2999-01-02T00:00:00Z' }, 400],
    ['without an end', { from: '2026-07-13T14:00:00Z' }, 400],
    [
      'of a symbol that nobody knows',
      { symbol: 'ZZZZ', from: '2026-07-13T14:00:00Z', to: '2026-07-13T15:00:00Z' },
      404,
    ],
  ])('are refused for a stretch %s', async (_name, stretch, status) => {
    expect(await problem('POST', '/backfill', { symbol: 'AAPL', ...stretch })).toMatchObject({ status });
  });
});
