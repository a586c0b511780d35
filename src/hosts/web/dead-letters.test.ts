import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeEvent } from '../../bus/codec.ts';
import type { DeadLetter } from '../../market/index.ts';
import { sampleTrade } from '../../testing/bus-events.ts';
import { eventually, startTestHost, type TestHost } from '../../testing/host-test-host.ts';
import { emptyBatch } from '../../testing/store-rows.ts';

type Body = Record<string, unknown>;

let running: TestHost;

const letterOf = (position: number, payload: string, reason: string): DeadLetter => ({
  origin: 'trades',
  topic: 'trades',
  partition: 0,
  position,
  reason,
  payload,
  timeMs: Date.UTC(2026, 6, 13, 14, position),
});

const frame: DeadLetter = {
  ...letterOf(9, 'garbage', 'not a frame'),
  origin: 'stream',
  topic: '',
  partition: null,
  position: null,
};

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'content-type': 'application/json' };
  }
  const response = await running.get(`/api/v1${path}`, init);
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Body) };
}

const list = async (query: string): Promise<readonly Body[]> =>
  (await ask('GET', `/dead-letters${query}`)).body['data'] as readonly Body[];

beforeAll(async () => {
  running = await startTestHost({ args: ['--mock', 'seed=5', '--symbols', 'AAPL'] });
  const position = { clusterId: 'test', consumer: 'test', topic: 'trades', partition: 0 };
  const good = (number: number) => encodeEvent('trades', { ...sampleTrade(number, 'LETTER'), source: 'mock' });
  const deadLetters = [
    letterOf(0, good(1), 'the broker was away'),
    letterOf(1, good(2), 'the broker was away'),
    letterOf(2, '{"type":"trade"}', 'odd'),
    letterOf(3, good(4), 'the broker was away'),
    frame,
  ];
  await running.host.pipelineHost.store().persist({ ...emptyBatch(position, null, 5), deadLetters });
}, 120_000);

afterAll(() => running?.close());

describe('dead letters over HTTP', () => {
  test('are listed by topic, reason, state and time, also as CSV', async () => {
    const [first, ...others] = await list('?topic=trades');
    expect(others).toHaveLength(3);
    expect(Object.keys(first ?? {}).sort()).toEqual(
      'id time origin topic partition position reason payload state retries outcome settledTime'.split(' ').sort(),
    );
    expect(first).toMatchObject({ time: '2026-07-13T14:00:00.000Z', state: 'open', retries: 0, settledTime: null });
    expect(await list('?topic=feed')).toMatchObject([{ origin: 'stream', topic: '' }]);
    expect(await list('?reason=ODD')).toHaveLength(1);
    expect(await list('?state=retried')).toEqual([]);
    expect(await list('?topic=trades&from=2026-07-13T14:01:00Z&to=2026-07-13T14:03:00Z')).toHaveLength(2);
    const csv = await running.get('/api/v1/dead-letters?limit=1', { headers: { accept: 'text/csv' } });
    expect((await csv.text()).split('\n')[0]).toBe(
      'id,time,origin,topic,partition,position,reason,payload,state,retries,outcome,settledTime',
    );
    expect((await ask('GET', '/dead-letters?state=lost')).body).toMatchObject({ status: 400, parameter: 'state' });
  });

  test('are retried one by one, and say what came of it', async () => {
    const [good, , odd] = await list('?topic=trades');
    expect(await ask('POST', `/dead-letters/${String(good?.['id'])}/retry`)).toMatchObject({
      status: 200,
      body: { state: 'retried', outcome: 'published to trades' },
    });
    await eventually(
      async () => (await ask('GET', '/trades?symbol=LETTER')).body['data'] as readonly Body[] | undefined,
      (trades) => trades?.length === 1,
    );
    expect((await ask('POST', `/dead-letters/${String(good?.['id'])}/retry`, {})).body).toMatchObject({ status: 409 });
    const refused = await ask('POST', `/dead-letters/${String(odd?.['id'])}/retry`);
    expect(refused).toMatchObject({ status: 200, body: { state: 'open', retries: 1 } });
    const [unretryable] = await list('?topic=feed');
    const problem = await ask('POST', `/dead-letters/${String(unretryable?.['id'])}/retry`);
    expect(problem.body).toMatchObject({ detail: expect.stringContaining('only the provider') as string });
    expect(problem.status).toBe(409);
    expect((await ask('GET', `/dead-letters/${String(good?.['id'])}`)).body).toMatchObject({ state: 'retried' });
  });

  test('are discarded, and stay in the list as such', async () => {
    const letter = (await list('?topic=trades&state=open')).find(({ position }) => position === 3);
    expect((await ask('DELETE', `/dead-letters/${String(letter?.['id'])}`)).status).toBe(204);
    expect(await list('?state=discarded')).toMatchObject([{ id: letter?.['id'] }]);
    expect((await ask('DELETE', `/dead-letters/${String(letter?.['id'])}`)).status).toBe(409);
  });

  test('are retried all at once within a filter', async () => {
    expect((await ask('POST', '/dead-letters/retry', { topic: 'quotes' })).body).toEqual({
      retried: 0,
      failed: 0,
      unretryable: 0,
    });
    expect(await ask('POST', '/dead-letters/retry', { to: '2026-07-14' })).toMatchObject({
      status: 200,
      body: { retried: 1, failed: 1, unretryable: 1 },
    });
    expect((await ask('POST', '/dead-letters/retry', { topics: 'quotes' })).body).toMatchObject({
      parameter: 'topics',
    });
  });

  test('that are not there are problems, and the interface describes itself', async () => {
    for (const path of ['/dead-letters/123456', '/dead-letters/abc']) {
      expect((await ask('GET', path)).status).toBe(404);
      expect((await ask('DELETE', path)).status).toBe(404);
      expect((await ask('POST', `${path}/retry`)).status).toBe(404);
    }
    const { paths } = (await ask('GET', '/openapi.json')).body as { paths: Record<string, Body> };
    expect(Object.keys(paths['/api/v1/dead-letters/{id}'] ?? {}).sort()).toEqual(['delete', 'get']);
    expect(paths['/api/v1/dead-letters/retry']?.['post']).toMatchObject({ responses: { 200: {} } });
  });

  test('errors are found by when they happened', async () => {
    const store = running.host.pipelineHost.store();
    const nowMs = Date.UTC(2026, 0, 5);
    await store.recordError({ scope: 'persist', code: 'timeout', message: 'no answer', outcome: 'retried' }, nowMs);
    const found = (await ask('GET', '/errors?from=2026-01-05T00:00:00Z&to=2026-01-05T00:00:01Z')).body['data'];
    expect(found).toMatchObject([{ scope: 'persist', outcome: 'retried', count: 1 }]);
    expect((await ask('GET', '/errors?to=2026-01-05T00:00:00Z')).body['data']).toEqual([]);
  });

  test('errors ascend in pages that follow each other, the latest ones without a beginning, and a pane has them latest first', async () => {
    const store = running.host.pipelineHost.store();
    const startMs = Date.UTC(2026, 0, 6);
    // Two of one time lie on two pages.
    for (const [message, offsetMs] of [
      ['third', 2_000],
      ['first', 0],
      ['second', 1_000],
      ['also second', 1_000],
    ] as const) {
      const error = { scope: 'pages', code: 'timeout', message, outcome: 'retried' } as const;
      await store.recordError(error, startMs + offsetMs);
    }
    const messages = (rows: unknown) => (rows as readonly Body[]).map(({ message }) => message);
    const found: unknown[] = [];
    const range = 'from=2026-01-06T00:00:00Z&to=2026-01-06T00:01:00Z';
    let path: string | null = `/errors?${range}&limit=2`;
    while (path !== null) {
      const { body }: { body: Body } = await ask('GET', path);
      found.push(...messages(body['data']));
      const next = body['nextCursor'] as string | null;
      path = next === null ? null : `/errors?${range}&limit=2&cursor=${next}`;
    }
    expect(found).toEqual(['first', 'also second', 'second', 'third']);
    const latest = (await ask('GET', '/errors?to=2026-01-06T00:01:00Z&limit=2')).body;
    expect([messages(latest['data']), latest['nextCursor']]).toEqual([['second', 'third'], null]);
    expect((await ask('GET', '/errors?cursor=nonsense')).body).toMatchObject({ status: 400, parameter: 'cursor' });
    const shown = await createRouterClient(running.host.router).errors.list({ limit: 5_000 });
    expect(messages(shown.filter(({ scope }) => scope === 'pages'))).toEqual(found.toReversed());
  });
});
