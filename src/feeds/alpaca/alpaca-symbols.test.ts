import { describe, expect, it } from 'vitest';
import {
  OPEN_MS,
  SUNDAY_MS,
  movableClock,
  eventually,
  start,
  lastConnection,
  symbols,
  assetsOf,
} from '../../testing/alpaca/alpaca-feed-fixture.ts';
import { PAID_ACCOUNT } from '../../testing/alpaca/alpaca-stand-in.ts';

describe('Alpaca symbols', () => {
  it('streams the first 30 on the free plan and polls the rest', async () => {
    const names = symbols(35);
    const { standIn, feed, read } = await start({}, { assets: assetsOf(names) });
    const reader = read(names);
    await reader.live();
    expect(feed.symbolLimit).toBe(30);
    expect([...(lastConnection(standIn).subscriptions.get('trades') ?? [])]).toEqual(names.slice(0, 30));
    expect(reader.of('symbols-polled').map((notice) => notice.symbols)).toEqual([names.slice(30)]);
    await eventually(() => {
      const polled = new Set(reader.events.map(({ symbol }) => symbol));
      expect([...polled].sort()).toEqual(names.slice(30));
    });
    const kinds = new Set(reader.events.map(({ type }) => type));
    expect([...kinds].sort()).toEqual(['bar', 'quote', 'trade']);
    const snapshotFeeds = standIn.requests.filter(({ path }) => path.endsWith('/snapshots'));
    expect(new Set(snapshotFeeds.map(({ query }) => query.get('feed')))).toEqual(new Set(['iex']));
    // What is more important now takes a place on the stream.
    feed.setSymbols([...names.slice(30), ...names.slice(0, 30)]);
    await eventually(() => expect(lastConnection(standIn).subscriptions.get('trades')?.has('S0034')).toBe(true));
    expect(reader.of('symbols-polled').at(-1)?.symbols).toEqual(names.slice(25, 30));
    expect(reader.states()).not.toContain('reconnecting');
  });

  it('says each print of a snapshot once', async () => {
    const { standIn, feed, read } = await start({ symbolLimit: 0, clock: { now: () => OPEN_MS } });
    const reader = read(['AAPL']);
    await reader.live();
    const polls = () => standIn.requests.filter(({ path }) => path.endsWith('/snapshots'));
    await eventually(() => expect(polls().length).toBeGreaterThan(3));
    expect(reader.events.map(({ type }) => type)).toEqual(['bar', 'quote', 'trade']);
    expect(feed.symbolLimit).toBe(0);
  });

  it('takes over a lower limit that Alpaca turns out to have', async () => {
    const names = symbols(40);
    const accounts = [{ ...PAID_ACCOUNT, symbolLimit: 12 }];
    const keys = { keyId: PAID_ACCOUNT.keyId, secret: PAID_ACCOUNT.secret, dataFeed: 'sip' as const };
    const { standIn, feed, read } = await start(keys, { accounts, assets: assetsOf(names) });
    const reader = read(names);
    await reader.live();
    expect(feed.symbolLimit).toBe(7);
    expect([...(lastConnection(standIn).subscriptions.get('trades') ?? [])]).toEqual(names.slice(0, 7));
    expect(reader.of('symbols-polled').at(-1)?.symbols).toEqual(names.slice(7));
  });

  it('cuts a long list into frames below 32 KB', async () => {
    const names = symbols(3000);
    const keys = { keyId: PAID_ACCOUNT.keyId, secret: PAID_ACCOUNT.secret };
    const { standIn, read } = await start({ ...keys, symbolLimit: null }, { assets: assetsOf(names) });
    const reader = read(names);
    await reader.live();
    expect(lastConnection(standIn).subscriptions.get('trades')?.size).toBe(3000);
    const sizes = standIn.requests.filter(({ kind }) => kind === 'frame').map(({ bytes }) => bytes);
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32_768);
  });

  it('rejects a symbol that is on no list, once, and streams the others', async () => {
    const { standIn, feed, read } = await start();
    const reader = read(['AAPL', 'APPL', 'msft']);
    await eventually(() => expect(reader.of('symbol-rejected').map(({ symbol }) => symbol)).toEqual(['msft', 'APPL']));
    await eventually(() => expect([...(lastConnection(standIn).subscriptions.get('trades') ?? [])]).toEqual(['AAPL']));
    feed.setSymbols(['AAPL', 'APPL']);
    expect(await feed.instrument('APPL')).toBeNull();
    expect(reader.of('symbol-rejected')).toHaveLength(2);
  });

  it('looks once more for a symbol that is on no list, and streams it once it is', async () => {
    const clock = movableClock(SUNDAY_MS);
    const { standIn, read } = await start({ clock }, { assets: assetsOf(['AAPL']) });
    const lists = (): number => standIn.requests.filter(({ path }) => path === '/v2/assets').length;
    const reader = read(['AAPL', 'IPO', 'TYPO']);
    await eventually(() => expect(reader.of('symbol-rejected')).toHaveLength(2));
    expect(lists()).toBe(1);
    standIn.market.list({ symbol: 'IPO', name: 'Young Inc.', exchange: 'NYSE', hasData: true });
    clock.advance(5 * 60_000);
    await eventually(() =>
      expect([...(lastConnection(standIn).subscriptions.get('trades') ?? [])]).toEqual(['AAPL', 'IPO']),
    );
    expect(reader.of('symbol-rejected').map(({ symbol }) => symbol)).toEqual(['IPO', 'TYPO']);
    clock.advance(3_600_000);
    standIn.market.list({ symbol: 'TYPO', name: 'Typo Inc.', exchange: 'NYSE', hasData: true });
    clock.advance(23 * 3_600_000);
    await eventually(() => expect(lastConnection(standIn).subscriptions.get('trades')?.has('TYPO')).toBe(true));
    expect(lists()).toBe(3);
  });

  it('finds the one symbol that Alpaca cannot parse and keeps the rest', async () => {
    // Passes for a symbol here, but not there.
    const { standIn, read } = await start({}, { assets: assetsOf(['AAPL', 'A^B', 'MSFT', 'NVDA', 'IBM']) });
    const reader = read(['AAPL', 'A^B', 'MSFT', 'NVDA', 'IBM']);
    await reader.live();
    expect([...(lastConnection(standIn).subscriptions.get('trades') ?? [])].sort()).toEqual([
      'AAPL',
      'IBM',
      'MSFT',
      'NVDA',
    ]);
    expect(reader.of('symbol-rejected').map(({ symbol }) => symbol)).toEqual(['A^B']);
  });

  it('searches exact symbols first, then prefixes, then names, with one request for all', async () => {
    const { standIn, feed } = await start();
    const find = async (query: string) => (await feed.findInstruments(query, 3)).map(({ symbol }) => symbol);
    const found = await Promise.all([find('a'), find('amd'), find('tesla')]);
    expect(found).toEqual([['AMD', 'AAPL', 'AMZN'], ['AMD'], ['TSLA']]);
    expect(await feed.instrument('BRK.B')).toMatchObject({ name: 'Berkshire Hathaway Inc. Class B', exchange: 'NYSE' });
    expect(standIn.requests.filter(({ path }) => path === '/v2/assets')).toHaveLength(1);
  });
});
