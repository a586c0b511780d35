import { describe, expect, it } from 'vitest';
import { type Bar, type Log, silentLog } from '../../market/index.ts';
import { OPEN_MS, start } from '../../testing/alpaca/alpaca-feed-fixture.ts';
import { type AlpacaStandIn } from '../../testing/alpaca/alpaca-stand-in.ts';
import type { Feed } from '../feed.ts';

describe('Alpaca history', () => {
  async function historyOf(
    feed: Feed,
    interval: '1m' | '1d',
    from: string,
    to: string,
    symbol = 'AAPL',
  ): Promise<{ readonly bars: readonly Bar[]; readonly pages: number }> {
    const bars: Bar[] = [];
    let pages = 0;
    const request = {
      symbol,
      interval,
      fromMs: Date.parse(from),
      toMs: Date.parse(to),
      signal: new AbortController().signal,
    };
    for await (const page of feed.history(request)) {
      pages++;
      bars.push(...page);
    }
    return { bars, pages };
  }

  const queries = (standIn: AlpacaStandIn) =>
    standIn.requests.filter(({ path }) => path === '/v2/stocks/bars').map(({ query }) => query);

  it('pages until there is no token, however short the pages', async () => {
    const { standIn, feed } = await start({}, { maxPageRows: 7 });
    const { bars, pages } = await historyOf(feed, '1m', '2026-07-10T13:30:00Z', '2026-07-10T14:00:00Z');
    const expected = [
      ...standIn.market.bars('AAPL', '1Min', Date.parse('2026-07-10T13:30:00Z'), Date.parse('2026-07-10T13:59:59Z')),
    ];
    expect(pages).toBe(Math.ceil(expected.length / 7));
    expect(bars.map(({ timeMs, close, volume }) => [timeMs, close, volume])).toEqual(
      expected.map(({ t, c, v }) => [Date.parse(t), c, v]),
    );
    expect(bars[0]).toMatchObject({ source: 'backfill', provider: 'alpaca', interval: '1m', isUpdate: false });
    expect(new Set(queries(standIn).map((query) => query.get('feed')))).toEqual(new Set(['iex']));
  });

  it('answers finished bars only, and days that begin at midnight in New York', async () => {
    const { feed } = await start();
    const minutes = await historyOf(feed, '1m', '2026-07-13T13:30:00Z', '2026-07-13T15:00:00Z');
    expect(minutes.bars.at(-1)?.timeMs).toBe(Date.parse('2026-07-13T13:59:00Z'));
    const days = await historyOf(feed, '1d', '2026-07-06T04:00:00Z', '2026-07-14T04:00:00Z');
    expect(days.bars.map(({ timeMs }) => new Date(timeMs).toISOString())).toEqual(
      ['06', '07', '08', '09', '10'].map((day) => `2026-07-${day}T04:00:00.000Z`),
    );
  });

  it.each([false, true])('answers nothing where there is nothing (null for empty: %s)', async (isEmptyNull) => {
    const assets = [{ symbol: 'AAPL', name: 'Apple', exchange: 'NASDAQ', hasData: false }];
    const { feed } = await start({}, { isEmptyNull, assets });
    expect(await historyOf(feed, '1m', '2026-07-10T13:30:00Z', '2026-07-10T14:00:00Z')).toEqual({ bars: [], pages: 0 });
  });

  it('ends 16 minutes ago where the plan has no recent consolidated data, and asks for it once', async () => {
    const { standIn, feed } = await start({ dataFeed: 'sip' });
    const first = await historyOf(feed, '1m', '2026-07-13T13:30:00Z', '2026-07-13T14:00:00Z');
    expect(first.bars.at(-1)?.timeMs).toBeLessThan(Date.parse('2026-07-13T13:44:01Z'));
    expect(first.bars.length).toBeGreaterThan(5);
    const recent = await historyOf(feed, '1m', '2026-07-13T13:50:00Z', '2026-07-13T14:00:00Z');
    expect(recent.bars.length).toBeGreaterThan(5);
    expect(queries(standIn).map((query) => query.get('feed'))).toEqual(['sip', 'sip', 'iex']);
  });

  it.each([
    ['401', { path: '/v2/stocks', status: 401, body: { message: 'request is not authorized' } }, 'unauthorized'],
    ['403', { path: '/v2/stocks', status: 403, body: { message: 'forbidden.' } }, 'unauthorized'],
    ['422', { path: '/v2/stocks', status: 422, body: { message: 'invalid' } }, 'bad-input'],
    ['404', { path: '/v2/stocks', status: 404, body: { message: 'endpoint not found.' } }, 'not-found'],
  ])('fails at once with %s', async (_name, fault, code) => {
    const { standIn, feed } = await start();
    standIn.failRest(fault);
    await expect(historyOf(feed, '1m', '2026-07-10T13:30:00Z', '2026-07-10T14:00:00Z')).rejects.toMatchObject({ code });
    expect(queries(standIn)).toHaveLength(1);
  });

  it.each([
    ['500', { status: 500 }],
    ['429 without headers', { status: 429, body: { code: 42910000, message: 'too many requests' } }],
    [
      '429 with a reset',
      { status: 429, headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(OPEN_MS / 1000) } },
    ],
  ])('tries again after %s', async (_name, fault) => {
    const { standIn, feed } = await start();
    standIn.failRest({ path: '/v2/stocks', times: 2, ...fault });
    const { bars } = await historyOf(feed, '1m', '2026-07-10T13:30:00Z', '2026-07-10T14:00:00Z');
    expect(bars.length).toBeGreaterThan(20);
    expect(queries(standIn)).toHaveLength(3);
  });

  it('waits longer each time after 429 though by its own clock the reset has passed', async () => {
    const waits: unknown[] = [];
    const log: Log = { ...silentLog, warn: (fields) => void ('waitMs' in fields && waits.push(fields.waitMs)) };
    const { standIn, feed } = await start({ log });
    const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(OPEN_MS / 1000 - 300) };
    standIn.failRest({ path: '/v2/stocks', times: 3, status: 429, headers });
    await historyOf(feed, '1m', '2026-07-10T13:30:00Z', '2026-07-10T14:00:00Z');
    expect(waits).toEqual([5, 10, 20]);
  });

  it('gives up a server that stays broken, as something that may work later', async () => {
    const { standIn, feed } = await start();
    standIn.failRest({ path: '/v2/stocks', status: 503, times: 100 });
    await expect(historyOf(feed, '1m', '2026-07-10T13:30:00Z', '2026-07-10T14:00:00Z')).rejects.toMatchObject({
      code: 'connection-lost',
      retryable: true,
    });
  });

  it('leaves out a bad bar and keeps the others', async () => {
    const { standIn, feed } = await start();
    const bar = { t: '2026-07-10T13:34:00Z', o: 100.9, h: 101.2, l: 100.8, c: 101.1, v: 3900, n: 44, vw: 101.02 };
    const body = { bars: { AAPL: [{ ...bar, h: 1 }, bar] }, next_page_token: null };
    standIn.failRest({ path: '/v2/stocks/bars', status: 200, body });
    const { bars } = await historyOf(feed, '1m', '2026-07-10T13:30:00Z', '2026-07-10T14:00:00Z');
    expect(bars).toHaveLength(1);
  });
});
