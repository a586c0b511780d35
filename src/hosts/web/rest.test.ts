import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startTestHost } from '../../testing/host-test-host.ts';
import type { TestHost } from '../../testing/host-test-host.ts';

interface List {
  readonly data: readonly Record<string, unknown>[];
  readonly nextCursor: string | null;
}

let running: TestHost;

async function list(path: string): Promise<List> {
  const response = await running.get(`/api/v1${path}`);
  expect(response.status, path).toBe(200);
  return (await response.json()) as List;
}

async function problemAt(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const response = await running.get(path, init);
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const body = (await response.json()) as Record<string, unknown>;
  expect(body['status']).toBe(response.status);
  return body;
}

function json(method: string, body: unknown): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

beforeAll(async () => {
  running = await startTestHost({ args: ['--mock', 'seed=5', '--symbols', 'AAPL'] });
  await eventually(
    () => list('/candles?symbol=AAPL&limit=30').catch(() => ({ data: [], nextCursor: null })),
    (answer) => answer.data.length === 30,
    60_000,
  );
}, 90_000);

afterAll(() => running?.close());

describe('lists over time', () => {
  test('candles have the promised names, ascend, and limit alone gives the latest', async () => {
    const { data, nextCursor } = await list('/candles?symbol=aapl&interval=1m&limit=5');
    expect(Object.keys(data[0] ?? {})).toEqual(
      'symbol interval openTime open high low close volume vwap tradeCount revision isClosed source'.split(' '),
    );
    const times = data.map((row) => Date.parse(String(row['openTime'])));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Date.now() - (times.at(-1) ?? 0)).toBeLessThan(10 * 60_000);
    expect(nextCursor).toBeNull();
  });

  test('pages of a range follow each other without gap or repeat, and the end is not included', async () => {
    const { data: latest } = await list('/candles?symbol=AAPL&limit=20');
    const from = String(latest[0]?.['openTime']);
    const to = String(latest[15]?.['openTime']);
    const times: unknown[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: List = await list(`/candles?symbol=AAPL&from=${from}&to=${to}&limit=4${next}`);
      times.push(...page.data.map((row) => row['openTime']));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(times).toEqual(latest.slice(0, 15).map((row) => row['openTime']));
  });

  test('CSV is there for whoever asks, with the JSON names as header', async () => {
    const response = await running.get('/api/v1/candles?symbol=AAPL&limit=2', { headers: { accept: 'text/csv' } });
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines[0]).toBe(
      'symbol,interval,openTime,open,high,low,close,volume,vwap,tradeCount,revision,isClosed,source',
    );
    expect(lines).toHaveLength(3);
  });

  test('trades and quotes of a watched symbol arrive', async () => {
    const { data } = await eventually(
      () => list('/trades?symbol=AAPL&limit=3'),
      (answer) => answer.data.length === 3,
    );
    expect(data[0]).toMatchObject({ symbol: 'AAPL', source: 'mock', price: expect.any(Number) as number });
    const quotes = await eventually(
      () => list('/quotes?symbol=AAPL'),
      (answer) => answer.data[0]?.['bid'] !== null && answer.data[0]?.['last'] !== null,
    );
    expect(quotes.data[0]).toMatchObject({ symbol: 'AAPL' });
  });

  test('indicators are filtered by name and period, one row a value', async () => {
    const { data } = await eventually(
      () => list('/indicators?symbol=AAPL&name=rsi&period=14&limit=3'),
      (answer) => answer.data.length === 3,
    );
    expect(new Set(data.map((row) => row['name']))).toEqual(new Set(['rsi14']));
    const macd = await list('/indicators?symbol=AAPL&name=macd.signal&limit=2');
    expect(macd.data.every((row) => row['name'] === 'macd12-26-9.signal')).toBe(true);
  });

  test('symbols are found by words and listed as companies', async () => {
    expect((await list('/symbols?query=apple&limit=3')).data[0]).toMatchObject({ symbol: 'AAPL' });
    expect(Object.keys((await list('/companies?symbol=AAPL')).data[0] ?? {})).toEqual(
      'symbol name sector industry exchange'.split(' '),
    );
  });

  test('every instrument of the feed is listed, page by page, and found by part of its name', async () => {
    const symbols: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: List = await list(`/symbols?limit=200${next}`);
      symbols.push(...page.data.map((row) => String(row['symbol'])));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(symbols.length).toBeGreaterThanOrEqual(500);
    expect(symbols.every((symbol, at) => at === 0 || symbol > (symbols[at - 1] ?? ''))).toBe(true);
    expect((await list('/companies?name=COCA-COLA')).data).toContainEqual(
      expect.objectContaining({ symbol: 'KO', sector: 'Consumer Staples' }),
    );
    expect((await list('/symbols?symbol=msft,AAPL')).data.map((row) => row['symbol'])).toEqual(['AAPL', 'MSFT']);
  });

  test('values that begin later than the candles are found by paging on', async () => {
    const { data } = await eventually(
      () => list('/indicators?symbol=AAPL&name=sma50&from=2020-01-01&limit=3'),
      (answer) => answer.data.length === 3,
    );
    expect(data.map((row) => row['name'])).toEqual(['sma50', 'sma50', 'sma50']);
  });

  test('the calendar is that of the symbols, or of the one that is named', async () => {
    const { data } = await list('/calendar?symbol=AAPL&from=2026-11-26&to=2026-11-28');
    expect(data.map((row) => [row['name'], row['date']])).toEqual([
      ['always-open', '2026-11-26'],
      ['always-open', '2026-11-27'],
    ]);
    expect((await list('/calendar?from=2026-11-26&to=2026-11-28')).data).toEqual(data);
  });

  test.each(['', '&from=2026-01-01'])(
    'the calendar%s ends where it does on one page, however short its pages',
    async (range) => {
      const path = `/calendar?name=always-open${range}`;
      const days: unknown[] = [];
      let cursor = '';
      for (let page = 0; page < 50; page++) {
        const { data, nextCursor } = await list(`${path}&limit=20${cursor}`);
        days.push(...data);
        if (nextCursor === null) break;
        cursor = `&cursor=${nextCursor}`;
      }
      expect(days).toEqual((await list(path)).data);
    },
  );

  test('the calendar knows early closes', async () => {
    const { data } = await list('/calendar?name=us-equities&from=2026-11-26&to=2026-11-28');
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ date: '2026-11-27', close: '2026-11-27T18:00:00.000Z' });
  });

  test.each(['/gaps', '/dead-letters', '/errors', '/alerts'])('%s answers a list', async (path) => {
    expect((await list(path)).data).toBeInstanceOf(Array);
  });
});

describe('what can be edited', () => {
  test('an alert rule lives from POST to DELETE', async () => {
    const body = { symbol: 'AAPL', condition: { kind: 'price-above', price: 1e6 }, note: 'far' };
    const created = await running.get('/api/v1/alert-rules', json('POST', body));
    expect(created.status).toBe(201);
    const location = created.headers.get('location') ?? '';
    expect(await (await running.get(location)).json()).toMatchObject(body);
    const changed = await running.get(location, json('PATCH', { isEnabled: false }));
    expect(await changed.json()).toMatchObject({ ...body, isEnabled: false });
    expect((await list('/alert-rules?symbol=AAPL')).data).toHaveLength(1);
    for (const [method, change] of [
      ['PATCH', { symbol: 'AAPLX' }],
      ['PUT', { ...body, symbol: 'AAPLX' }],
    ] as const) {
      expect(await problemAt(location, json(method, change))).toMatchObject({ status: 404, parameter: 'symbol' });
    }
    expect(await (await running.get(location)).json()).toMatchObject(body);
    expect((await running.get(location, { method: 'DELETE' })).status).toBe(204);
    expect((await running.get(location)).status).toBe(404);
  });

  test('rules come in pages, the oldest first', async () => {
    const ids: unknown[] = [];
    for (const price of [1e6, 2e6, 3e6]) {
      const body = { symbol: 'AAPL', condition: { kind: 'price-above', price } };
      const created = await running.get('/api/v1/alert-rules', json('POST', body));
      ids.push(((await created.json()) as Record<string, unknown>)['id']);
    }
    const { data: all } = await list('/alert-rules');
    expect(new Set(all.map((row) => row['id']))).toEqual(new Set(ids));
    const times = all.map((row) => Date.parse(String(row['createdTime'])));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const first = await list('/alert-rules?limit=2');
    const rest = await list(`/alert-rules?limit=2&cursor=${first.nextCursor}`);
    expect([...first.data, ...rest.data]).toEqual(all);
    expect(rest.nextCursor).toBeNull();
    for (const id of ids) await running.get(`/api/v1/alert-rules/${String(id)}`, { method: 'DELETE' });
  });

  test('watchlists come in pages in the order of their user, also while one is deleted', async () => {
    const name = (row: Record<string, unknown>): unknown => row['name'];
    const made: Record<string, unknown>[] = [];
    for (const title of ['Z', 'M', 'A']) {
      const created = await running.get('/api/v1/watchlists', json('POST', { name: title }));
      made.push((await created.json()) as Record<string, unknown>);
    }
    const all = (await list('/watchlists')).data.map(name);
    expect(all.slice(-3)).toEqual(['Z', 'M', 'A']);
    const first = await list(`/watchlists?limit=${all.length - 2}`);
    expect(first.data.map(name)).toEqual(all.slice(0, -2));
    const rest = `/watchlists?cursor=${first.nextCursor}`;
    expect((await list(rest)).data.map(name)).toEqual(['M', 'A']);
    for (const { id } of made) {
      await running.get(`/api/v1/watchlists/${String(id)}`, { method: 'DELETE' });
      if (id === made[0]?.['id']) expect((await list(rest)).data.map(name)).toEqual(['M', 'A']);
    }
  });

  test('a new watchlist subscribes its symbols at once', async () => {
    const created = await running.get('/api/v1/watchlists', json('POST', { name: 'New', symbols: ['ko'] }));
    expect(created.status).toBe(201);
    expect(await created.json()).toMatchObject({ name: 'New', symbols: ['KO'] });
    await eventually(
      () => list('/trades?symbol=KO&limit=1').catch(() => ({ data: [], nextCursor: null })),
      (answer) => answer.data.length === 1,
    );
    const again = await problemAt('/api/v1/watchlists', json('POST', { name: 'new' }));
    expect(again['status']).toBe(409);
  });
});

describe('problems', () => {
  test.each([
    ['/api/v1/candles', 400, 'symbol'],
    ['/api/v1/candles?symbol=AAPL&interval=7m', 400, 'interval'],
    ['/api/v1/candles?symbol=AAPL&from=yesterday', 400, 'from'],
    ['/api/v1/candles?symbol=AAPL&limit=0', 400, 'limit'],
    ['/api/v1/candles?symbol=AAPL&cursor=x', 400, 'cursor'],
    ['/api/v1/candles?symbol=AAPL&colour=red', 400, 'colour'],
    ['/api/v1/candles?symbol=AAPL&from=2026-02-01&to=2026-01-01', 400, 'to'],
    ['/api/v1/symbols?cursor=x', 400, 'cursor'],
    ['/api/v1/alert-rules?cursor=x', 400, 'cursor'],
    ['/api/v1/watchlists?cursor=x', 400, 'cursor'],
    ['/api/v1/watchlists?limit=0', 400, 'limit'],
    ['/api/v1/quotes?dataset=replay-none', 400, 'dataset'],
    ['/api/v1/indicators?symbol=AAPL&name=unknown', 400, 'name'],
    ['/api/v1/indicators?symbol=AAPL&name=sma33', 400, 'name'],
    ['/api/v1/indicators?symbol=AAPL&period=33', 400, 'period'],
    ['/api/v1/calendar?name=moon', 400, 'name'],
    ['/api/v1/calendar?symbol=AAPL&name=us-equities', 400, 'name'],
    ['/api/v1/alerts?symbol=NOPE9', 404, 'symbol'],
    ['/api/v1/candles?symbol=AAPL&dataset=Mock', 400, 'dataset'],
    ['/api/v1/candles?symbol=AAPL&dataset=replay-none', 404, undefined],
    ['/api/v1/nothing', 404, undefined],
    ['/api/v1/%zz', 400, undefined],
    [`/api/v1/alert-rules/${'x'.repeat(300)}`, 414, undefined],
    ['/api/v1/watchlists/none', 404, undefined],
  ])('%s is %i and names %s', async (path, status, parameter) => {
    expect(await problemAt(path)).toMatchObject({ status, ...(parameter === undefined ? {} : { parameter }) });
  });

  test('an unknown indicator comes with the names of those that are computed', async () => {
    const found = await problemAt('/api/v1/indicators?symbol=AAPL&name=unknown');
    expect(found['detail']).toContain('rsi14, macd12-26-9, macd12-26-9.signal');
  });

  test('an unknown symbol is 404 with near names', async () => {
    const found = await problemAt('/api/v1/candles?symbol=AAPLX');
    expect(found).toMatchObject({ status: 404, title: 'Unknown symbol' });
    expect(found['suggestions']).toContain('AAPL');
  });

  test('a wrong body names its field', async () => {
    const body = { symbol: 'AAPL', condition: { kind: 'price-above', price: -1 } };
    expect(await problemAt('/api/v1/alert-rules', json('POST', body))).toMatchObject({
      status: 400,
      parameter: 'condition.price',
    });
    expect((await problemAt('/api/v1/alert-rules', { ...json('POST', ''), body: '{' }))['status']).toBe(400);
  });

  test('a method that a path does not have is 405 with those it has', async () => {
    const response = await running.get('/api/v1/candles', { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('GET');
  });
});

describe('for machines', () => {
  test('OpenAPI describes every operation from the schemas themselves', async () => {
    const document = (await (await running.get('/api/v1/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { parameters: { name: string; required: boolean }[] }>>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/healthz',
        '/readyz',
        '/metrics',
        '/api/v1/openapi.json',
        '/api/v1/candles',
        '/api/v1/alert-rules/{id}',
        '/api/v1/status',
      ]),
    );
    const parameters = document.paths['/api/v1/candles']?.['get']?.parameters ?? [];
    expect(parameters.map(({ name, required }) => [name, required])).toEqual([
      ['symbol', true],
      ['interval', false],
      ['source', false],
      ['from', false],
      ['to', false],
      ['limit', false],
      ['cursor', false],
      ['dataset', false],
    ]);
  });

  test('OpenAPI says which bodies may be left out, and what a limit without a beginning gives', async () => {
    const { paths } = (await (await running.get('/api/v1/openapi.json')).json()) as {
      paths: Record<
        string,
        Record<string, { requestBody?: { required: boolean }; parameters: { name: string; description: string }[] }>
      >;
    };
    const isNeeded = (path: string, method = 'post') => paths[`/api/v1${path}`]?.[method]?.requestBody?.required;
    for (const path of ['/dead-letters/retry', '/dead-letters/{id}/retry', '/gaps/{id}/backfill']) {
      expect(isNeeded(path), path).toBe(false);
    }
    expect(isNeeded('/alert-rules')).toBe(true);
    expect(isNeeded('/backfill')).toBe(true);
    expect(isNeeded('/watchlists/{id}', 'put')).toBe(true);
    const ofLimit = (path: string) =>
      paths[`/api/v1${path}`]?.['get']?.parameters.find(({ name }) => name === 'limit')?.description;
    for (const path of ['/candles', '/errors', '/data-quality/differences']) expect(ofLimit(path)).toContain('latest');
    for (const path of ['/symbols', '/quotes', '/alert-rules', '/watchlists', '/calendar', '/data-quality']) {
      expect(ofLimit(path), path).toMatch(/^Rows/);
      expect(ofLimit(path), path).not.toContain('latest');
    }
  });

  test('the schema of every topic can be asked for by its short or whole name', async () => {
    for (const topic of ['trades', 'stock-dead-letters']) {
      const schema = (await (await running.get(`/api/v1/schemas/${topic}`)).json()) as Record<string, unknown>;
      expect(schema['$id']).toContain(`/schemas/stock-${topic.replace('stock-', '')}/1`);
    }
    for (const topic of ['nothing', '..%2Fstack']) {
      expect((await running.get(`/api/v1/schemas/${topic}`)).status).toBe(404);
    }
  });

  test('metrics are Prometheus text', async () => {
    const text = await (await running.get('/metrics')).text();
    expect(text).toMatch(/^# TYPE tapedeck_\w+_total counter$/m);
  });

  test('a list or a rule about a symbol nobody knows is refused with near ones, and nothing is kept', async () => {
    const before = (await list('/watchlists')).data.length;
    const rule = { symbol: 'AAPLX', condition: { kind: 'price-above', price: 1 } };
    for (const [path, body] of [
      ['/api/v1/watchlists', { name: 'Typing error', symbols: ['AAPL', 'AAPLX'] }],
      ['/api/v1/alert-rules', rule],
    ] as const) {
      const found = await problemAt(path, json('POST', body));
      expect(found).toMatchObject({ status: 404, parameter: 'symbol' });
      expect(found['suggestions']).toContain('AAPL');
    }
    expect((await list('/watchlists')).data).toHaveLength(before);
    expect((await list('/alert-rules')).data.filter((row) => row['symbol'] === 'AAPLX')).toEqual([]);
  });

  test('what cannot be accepted is refused, and status tells ISO times', async () => {
    expect(await problemAt('/api/v1/candles?symbol=AAPL', { headers: { accept: 'image/png' } })).toMatchObject({
      status: 406,
    });
    const status = (await (await running.get('/api/v1/status')).json()) as Record<string, unknown>;
    expect(Date.parse(String(status['time']))).toBeGreaterThan(0);
    const health = status['health'] as { hosts: readonly Record<string, unknown>[] };
    expect(health.hosts).toHaveLength(1);
    expect(health.hosts[0]).toMatchObject({ isSelf: true, presence: 'live', hostId: 'embedded' });
    const roles = health.hosts[0]?.['roles'] as readonly Record<string, unknown>[];
    expect(roles.map(({ role }) => role)).toEqual(['ingest', 'analyze', 'persist', 'notify', 'serve']);
    expect(roles[2]?.['partitions']).toContainEqual({ partition: 0, lag: expect.any(Number) as number });
    expect(JSON.stringify(status)).not.toMatch(/"(now|since|changesAt)Ms"/);
  });

  test('status and readiness say that everything runs', async () => {
    expect(await (await running.get('/api/v1/status')).json()).toMatchObject({ dataset: 'mock', feed: 'mock' });
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  });
});
