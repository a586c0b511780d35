import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type AlpacaStandIn, type AlpacaStandInOptions, FREE_ACCOUNT, startAlpacaStandIn } from './alpaca-stand-in.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: AlpacaStandInOptions = {}): Promise<AlpacaStandIn> {
  const clock = { now: () => Date.parse('2026-07-13T14:00:00Z') };
  const standIn = await startAlpacaStandIn({ clock, closeAfterErrorMs: 5, ...options });
  cleanups.push(() => standIn.close());
  return standIn;
}

/** A client that speaks JSON and reads one frame at a time. */
class Client {
  readonly socket: WebSocket;
  readonly #frames: string[] = [];
  #wake: () => void = () => undefined;

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on('message', (data: Buffer) => {
      this.#frames.push(data.toString('utf8'));
      this.#wake();
    });
    cleanups.push(() => this.socket.terminate());
  }

  async text(): Promise<string> {
    while (this.#frames.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#frames.shift() ?? '';
  }

  async next(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  send(value: object): void {
    this.socket.send(JSON.stringify(value));
  }
}

const auth = { action: 'auth', key: FREE_ACCOUNT.keyId, secret: FREE_ACCOUNT.secret };
const headers = { 'APCA-API-KEY-ID': FREE_ACCOUNT.keyId, 'APCA-API-SECRET-KEY': FREE_ACCOUNT.secret };
const connected = [{ T: 'success', msg: 'connected' }];
const authenticated = [{ T: 'success', msg: 'authenticated' }];
const error = (code: number) => [expect.objectContaining({ T: 'error', code })];

async function signedIn(standIn: AlpacaStandIn, path = '/v2/iex'): Promise<Client> {
  const client = new Client(`${standIn.streamUrl}${path}`);
  expect(await client.next()).toEqual(connected);
  client.send(auth);
  expect(await client.next()).toEqual(authenticated);
  return client;
}

describe('the Alpaca stand-in stream', () => {
  it('greets, authenticates, acknowledges the complete state and sends what was asked for, as JSON', async () => {
    const standIn = await start();
    const client = await signedIn(standIn);
    client.send({ action: 'subscribe', trades: ['AAPL'], bars: ['*'] });
    expect(await client.next()).toEqual([
      {
        T: 'subscription',
        trades: ['AAPL'],
        quotes: [],
        bars: ['*'],
        updatedBars: [],
        dailyBars: [],
        statuses: [],
        lulds: [],
        imbalances: [],
        corrections: ['AAPL'],
        cancelErrors: ['AAPL'],
      },
    ]);
    const trade = { T: 't', S: 'AAPL', i: 9_223_372_036_854_775_807n, p: 1, t: '2026-07-13T14:00:00Z' };
    standIn.deliver([trade, { ...trade, S: 'MSFT' }, { T: 'b', S: 'MSFT' }, { T: 'q', S: 'AAPL' }]);
    expect(await client.text()).toBe(
      '[{"T":"t","S":"AAPL","i":9223372036854775807,"p":1,"t":"2026-07-13T14:00:00Z"},{"T":"b","S":"MSFT"}]',
    );
    client.send({ action: 'unsubscribe', trades: ['AAPL'] });
    expect(await client.next()).toMatchObject([{ trades: [], bars: ['*'] }]);
  });

  it.each([
    ['headers', headers],
    ['Basic', { Authorization: `Basic ${Buffer.from(`${auth.key}:${auth.secret}`).toString('base64')}` }],
  ])('authenticates by %s of the upgrade', async (_name, headers) => {
    const standIn = await start();
    const client = new Client(`${standIn.streamUrl}/v2/iex`, { headers });
    expect([await client.next(), await client.next()]).toEqual([connected, authenticated]);
    client.send(auth);
    expect(await client.next()).toEqual(error(403));
  });

  it('gives up who does not authenticate in time: 404, then a close', async () => {
    const standIn = await start({ authTimeoutMs: 10 });
    const client = new Client(`${standIn.streamUrl}/v2/iex`);
    const closed = once(client.socket, 'close');
    expect([await client.next(), await client.next()]).toEqual([connected, error(404)]);
    expect((await closed)[0]).toBe(1000);
  });

  it('refuses a subscription before authentication, a wrong key, and a feed outside the plan', async () => {
    const standIn = await start();
    const early = new Client(`${standIn.streamUrl}/v2/iex`);
    await early.next();
    early.send({ action: 'subscribe', trades: ['AAPL'] });
    expect(await early.next()).toEqual(error(401));
    early.send({ ...auth, secret: 'wrong' });
    expect(await early.next()).toEqual(error(402));
    const sip = new Client(`${standIn.streamUrl}/v2/sip`);
    await sip.next();
    sip.send(auth);
    expect(await sip.next()).toEqual(error(409));
  });

  it('refuses the 31st symbol and leaves the 30', async () => {
    const standIn = await start();
    const client = await signedIn(standIn);
    const thirty = Array.from({ length: 30 }, (_, at) => `S${at}`);
    client.send({ action: 'subscribe', trades: thirty, quotes: thirty });
    await client.next();
    client.send({ action: 'subscribe', bars: ['AAPL'] });
    expect(await client.next()).toEqual(error(405));
    expect(standIn.connections[0]?.subscriptions.get('trades')?.size).toBe(30);
    expect(standIn.connections[0]?.subscriptions.get('bars')?.size).toBe(0);
  });

  it.each([
    ['what is not JSON', 'nonsense', 400],
    ['an unknown action', '{"action":"dance"}', 400],
    ['a malformed symbol', '{"action":"subscribe","trades":["not a symbol"]}', 400],
    ['a channel nobody knows', '{"action":"subscribe","rumours":["AAPL"]}', 400],
    ['a channel of another feed', '{"action":"subscribe","orderbooks":["AAPL"]}', 410],
  ])('answers %s with an error and stays usable', async (_name, frame, code) => {
    const standIn = await start();
    const client = await signedIn(standIn);
    client.socket.send(frame);
    expect(await client.next()).toEqual(error(code));
    client.send({ action: 'subscribe', trades: ['AAPL'] });
    expect(await client.next()).toMatchObject([{ T: 'subscription', trades: ['AAPL'] }]);
  });

  it('allows one connection per path, and frees its place at a proper close only', async () => {
    const standIn = await start({ slotHoldMs: 60_000 });
    const first = await signedIn(standIn);
    await signedIn(standIn, '/v2/test');
    const refuse = async (): Promise<void> => {
      const second = new Client(`${standIn.streamUrl}/v2/iex`);
      await second.next();
      second.send(auth);
      expect(await second.next()).toEqual(error(406));
    };
    await refuse();
    const closed = once(first.socket, 'close');
    first.socket.close();
    await closed;
    const third = await signedIn(standIn);
    third.socket.terminate();
    await once(third.socket, 'close');
    await refuse();
  });

  it('takes FAKEPACA only on the test path, and acknowledges its three channels', async () => {
    const standIn = await start();
    const client = await signedIn(standIn, '/v2/test');
    client.send({ action: 'subscribe', trades: ['AAPL'] });
    expect(await client.next()).toEqual(error(400));
    client.send({ action: 'subscribe', trades: ['FAKEPACA'] });
    expect(await client.next()).toEqual([{ T: 'subscription', trades: ['FAKEPACA'], quotes: [], bars: [] }]);
  });

  it('plays a script, and market data by itself', async () => {
    const script = [{ connection: 0, afterMs: 1, action: 'error', code: 407 }] as const;
    const standIn = await start({ script, ticksPerSecond: 100, closeAfterErrorMs: null });
    const client = await signedIn(standIn);
    client.send({ action: 'subscribe', trades: ['AAPL'], quotes: ['AAPL'] });
    const types = new Set<string>();
    while (types.size < 4) for (const { T } of (await client.next()) as { readonly T: string }[]) types.add(T);
    expect([...types].sort()).toEqual(['error', 'q', 'subscription', 't']);
  });

  it.each([404, 429, 502])('answers an upgrade with %d when told to', async (status) => {
    const standIn = await start();
    standIn.refuseUpgrades(status);
    const client = new Client(`${standIn.streamUrl}/v2/iex`);
    const [failure] = (await once(client.socket, 'error')) as [Error];
    expect(failure.message).toContain(String(status));
  });
});

describe('the Alpaca stand-in REST host', () => {
  const get = async (standIn: AlpacaStandIn, path: string, withHeaders: Record<string, string> = headers) => {
    const response = await fetch(`${standIn.dataUrl}${path}`, { headers: withHeaders });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };

  it('wants credentials: 401 without, 403 with wrong ones', async () => {
    const standIn = await start();
    expect(await get(standIn, '/v2/clock', {})).toMatchObject({ status: 401 });
    const wrong = { ...headers, 'APCA-API-SECRET-KEY': 'wrong' };
    expect(await get(standIn, '/v2/clock', wrong)).toMatchObject({ status: 403, body: { message: 'forbidden.' } });
  });

  it('pages over symbols in order, in short pages, without the ones that have nothing', async () => {
    const assets = [
      { symbol: 'B', name: 'B', exchange: 'NYSE', hasData: true },
      { symbol: 'A', name: 'A', exchange: 'NYSE', hasData: true },
      { symbol: 'C', name: 'C', exchange: 'NYSE', hasData: false },
    ];
    const standIn = await start({ assets, maxPageRows: 4 });
    const range = 'start=2026-07-13T13:30:00Z&end=2026-07-13T13:40:00Z';
    const seen: string[] = [];
    let token: string | null = '';
    while (token !== null) {
      const page = `timeframe=1Min&${range}&limit=1000${token === '' ? '' : `&page_token=${encodeURIComponent(token)}`}`;
      const { body } = await get(standIn, `/v2/stocks/bars?symbols=C,B,A&${page}`);
      for (const [symbol, bars] of Object.entries(body['bars'] as Record<string, { readonly t: string }[]>)) {
        expect(bars.length).toBeLessThanOrEqual(4);
        for (const { t } of bars) seen.push(`${symbol} ${t}`);
      }
      token = body['next_page_token'] as string | null;
    }
    expect(seen).toEqual([...seen].sort());
    expect(new Set(seen.map((row) => row[0]))).toEqual(new Set(['A', 'B']));
  });

  it('refuses a page token of null as text, a bad timeframe, and recent consolidated data on the free plan', async () => {
    const standIn = await start();
    const bars = '/v2/stocks/bars?symbols=AAPL';
    expect(await get(standIn, `${bars}&timeframe=1Min&page_token=null`)).toMatchObject({ status: 422 });
    expect(await get(standIn, `${bars}&timeframe=7Foo`)).toMatchObject({ status: 400 });
    expect(await get(standIn, `${bars}&timeframe=1Min&feed=sip`)).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('recent SIP') },
    });
  });

  it('answers trades, snapshots, assets, clock and calendar in their shapes', async () => {
    const standIn = await start();
    const trades = await get(standIn, '/v2/stocks/AAPL/trades?start=2026-07-13T13:30:00Z&end=2026-07-13T13:31:00Z');
    expect(trades.body).toMatchObject({ symbol: 'AAPL', next_page_token: null });
    const snapshots = await get(standIn, '/v2/stocks/snapshots?symbols=AAPL,NOPE');
    expect(Object.keys(snapshots.body)).toEqual(['AAPL']);
    expect(snapshots.body['AAPL']).toHaveProperty('latestTrade.p');
    expect((await get(standIn, '/v2/assets')).body).toHaveLength(standIn.market.assets.length);
    expect((await get(standIn, '/v2/assets/IBM')).body).toMatchObject({ symbol: 'IBM', class: 'us_equity' });
    expect((await get(standIn, '/v2/assets/NOPE')).status).toBe(404);
    expect((await get(standIn, '/v2/clock')).body).toMatchObject({
      is_open: true,
      next_close: '2026-07-13T20:00:00.000Z',
    });
    expect((await get(standIn, '/v2/calendar?start=2026-11-26&end=2026-11-27')).body).toEqual([
      { date: '2026-11-27', open: '09:30', close: '13:00', session_open: '0400', session_close: '1700' },
    ]);
  });

  it('counts requests in its headers and refuses those beyond the plan', async () => {
    const standIn = await start({ accounts: [{ ...FREE_ACCOUNT, requestsPerMinute: 2 }] });
    const answers = [await get(standIn, '/v2/clock'), await get(standIn, '/v2/clock'), await get(standIn, '/v2/clock')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['1', '0', '0']);
    expect((await get(standIn, '/v2/stocks/snapshots?symbols=AAPL')).status).toBe(200);
  });

  it('agrees with its own stream, and with another of the same seed', async () => {
    const [one, other] = [await start({ seed: 7 }), await start({ seed: 7 })];
    const path = '/v2/stocks/bars?symbols=AAPL&timeframe=1Day&start=2026-06-01&end=2026-07-01';
    expect((await get(one, path)).body).toEqual((await get(other, path)).body);
    expect((await get(await start({ seed: 8 }), path)).body).not.toEqual((await get(one, path)).body);
  });
});
