import { describe, expect, it } from 'vitest';
import { silentLog } from '../../market/index.ts';
import {
  OPEN_MS,
  clockAt,
  eventually,
  start,
  trade,
  quote,
  lastConnection,
  frames,
} from '../../testing/alpaca/alpaca-feed-fixture.ts';
import { createAlpacaFeed } from './alpaca-feed.ts';

describe('Alpaca stream', () => {
  it('authenticates, subscribes and yields events in arrival order, over msgpack', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL', 'MSFT']);
    await reader.live();
    expect(lastConnection(standIn).format).toBe('msgpack');
    expect(reader.states()).toEqual(['connecting', 'live']);
    const bar = { o: 101.1, h: 101.31, l: 101.05, c: 101.25, v: 4210, t: '2026-07-13T13:59:00Z', n: 57, vw: 101.18 };
    standIn.deliver([
      trade('AAPL', 7),
      quote('MSFT'),
      { T: 'b', S: 'AAPL', ...bar },
      { T: 'u', S: 'AAPL', ...bar, v: 4310 },
      { T: 's', S: 'MSFT', sc: 'H', sm: 'Halt', rc: 'T1', rm: 'News Pending', t: '2026-07-13T14:00:02Z', z: 'C' },
      {
        T: 'c',
        S: 'AAPL',
        x: 'V',
        oi: 7,
        op: 101.25,
        os: 100,
        oc: ['@'],
        ci: 8,
        cp: 101.2,
        cs: 100,
        cc: ['@'],
        t: '2026-07-13T14:00:03Z',
        z: 'C',
      },
      { T: 'x', S: 'AAPL', i: 8, x: 'V', p: 101.2, s: 100, a: 'C', z: 'C', t: '2026-07-13T14:00:04Z' },
    ]);
    await eventually(() => expect(reader.events).toHaveLength(7));
    expect(reader.events.map(({ type, symbol }) => `${type} ${symbol}`)).toEqual([
      'trade AAPL',
      'quote MSFT',
      'bar AAPL',
      'bar AAPL',
      'status MSFT',
      'correction AAPL',
      'cancel AAPL',
    ]);
    expect(reader.events[0]).toMatchObject({ source: 'live', provider: 'alpaca', id: '7', nanosOfMs: 34_501 });
    expect(reader.events[3]).toMatchObject({ isUpdate: true, volume: 4310 });
  });

  it('keeps a frame of 500 mixed messages whole', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver(Array.from({ length: 500 }, (_, at) => (at % 2 === 0 ? trade('AAPL', at) : quote('AAPL'))));
    await eventually(() => expect(reader.events).toHaveLength(500));
    expect(reader.trades()).toEqual(Array.from({ length: 250 }, (_, at) => String(at * 2)));
  });

  it('keeps every digit of an id past 2^53', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver([trade('AAPL', 9_007_199_254_740_993n)]);
    await eventually(() => expect(reader.trades()).toEqual(['9007199254740993']));
  });

  it('reports what it cannot read and goes on, within the frame and after it', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    const connection = lastConnection(standIn);
    connection.sendRaw(Buffer.from('c1c1c1', 'hex'));
    connection.send([trade('AAPL', 1), { ...trade('AAPL'), p: -5 }, trade('AAPL', 2)]);
    connection.sendRaw(Buffer.from('93c00580', 'hex'));
    connection.send([trade('AAPL', 3)]);
    await eventually(() => expect(reader.trades()).toEqual(['1', '2', '3']));
    const bad = reader.of('bad-message');
    expect(bad.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('decode'),
      expect.stringMatching(/^p: .*-5/),
      ...Array.from({ length: 3 }, () => expect.stringContaining('expected an object')),
    ]);
    expect(bad[0]?.payload).toBe('c1c1c1');
    expect(bad[1]?.payload).toContain('"S":"AAPL"');
    expect(reader.states()).toEqual(['connecting', 'live']);
  });

  it('leaves out messages of an unknown type', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    lastConnection(standIn).send([{ T: 'zz', S: 'AAPL', a: 1 }, trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    expect(reader.of('bad-message')).toEqual([]);
  });

  it('subscribes and unsubscribes what changes, and drops data that arrives after it was unsubscribed', async () => {
    const { standIn, feed, read } = await start();
    const reader = read(['AAPL', 'MSFT']);
    await reader.live();
    feed.setSymbols(['MSFT', 'NVDA']);
    await eventually(() =>
      expect([...(lastConnection(standIn).subscriptions.get('trades') ?? [])]).toEqual(['MSFT', 'NVDA']),
    );
    lastConnection(standIn).send([trade('AAPL', 1), trade('NVDA', 2)]);
    await eventually(() => expect(reader.trades()).toEqual(['2']));
    const changes = frames(standIn).slice(2);
    expect(changes).toMatchObject([
      { action: 'unsubscribe', trades: ['AAPL'] },
      { action: 'subscribe', trades: ['NVDA'] },
    ]);
  });

  it('takes the test feed, which has one symbol and no statuses', async () => {
    const { standIn, feed, read } = await start({ dataFeed: 'test' });
    const reader = read(['FAKEPACA', 'AAPL']);
    await reader.live();
    expect(lastConnection(standIn).path).toBe('/v2/test');
    standIn.deliver([trade('FAKEPACA', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    expect(reader.of('symbol-rejected').map(({ symbol }) => symbol)).toEqual(['AAPL']);
    expect(await feed.instrument('FAKEPACA')).toMatchObject({ calendar: 'always-open' });
    expect(standIn.requests.filter(({ kind }) => kind === 'http')).toEqual([]);
  });

  it('ends within a second of an abort, with a proper close', async () => {
    const { standIn, read } = await start({}, { slotHoldMs: 60_000 });
    const reader = read(['AAPL']);
    await reader.live();
    await reader.stop();
    expect(reader.error).toBeNull();
    const again = read(['AAPL']);
    // An unclean end would have kept the account's one place.
    await again.live();
    expect(standIn.connections).toHaveLength(2);
  });

  it('lets nobody stream twice at once, nor after close', async () => {
    const { feed, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    const second = read(['AAPL']);
    await second.ended();
    expect(second.error).toMatchObject({ code: 'conflict' });
    await feed.close();
    await reader.ended();
    const third = read(['AAPL']);
    await third.ended();
    expect(third.error).toMatchObject({ code: 'closed' });
  });
});

describe('Alpaca settings', () => {
  const settings = { keyId: 'PKX', secret: 'x', clock: clockAt(OPEN_MS), random: () => 0, log: silentLog };

  it('wants both keys', () => {
    expect(() => createAlpacaFeed({ ...settings, secret: '' })).toThrow(
      expect.objectContaining({ code: 'unauthorized', userMessage: expect.stringContaining('APCA_API_SECRET_KEY') }),
    );
  });

  it.each([
    ['streamUrl', 'ws://example.com', 'ALPACA_STREAM_URL'],
    ['streamUrl', 'https://stream.data.alpaca.markets', 'ALPACA_STREAM_URL'],
    ['dataUrl', 'http://192.168.1.10:8080', 'ALPACA_DATA_URL'],
    ['dataUrl', 'https://data.alpaca.markets/v2', 'ALPACA_DATA_URL'],
    ['tradingUrl', 'https://key:value@api.alpaca.markets', 'ALPACA_TRADING_URL'],
    ['tradingUrl', 'nonsense', 'ALPACA_TRADING_URL'],
  ])('refuses %s %s', (name, value, setting) => {
    expect(() => createAlpacaFeed({ ...settings, [name]: value })).toThrow(
      expect.objectContaining({ code: 'bad-config', message: expect.stringContaining(setting) }),
    );
  });

  it('takes encrypted hosts and this machine', () => {
    const feed = createAlpacaFeed({
      ...settings,
      streamUrl: 'wss://stream.example.com:8443',
      dataUrl: 'http://localhost:8080/',
      tradingUrl: 'http://[::1]:8080',
    });
    expect(feed.symbolLimit).toBe(30);
  });
});
