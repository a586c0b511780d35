import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bar, type Clock, type Log, type MarketEvent, silentLog } from '../../market/index.ts';
import {
  type AlpacaStandIn,
  type AlpacaStandInOptions,
  FREE_ACCOUNT,
  PAID_ACCOUNT,
  type StandInConnection,
  type StandInMessage,
  startAlpacaStandIn,
} from '../../testing/alpaca/alpaca-stand-in.ts';
import type { Feed, FeedNotice } from '../feed.ts';
import { type AlpacaFeedOptions, createAlpacaFeed } from './alpaca-feed.ts';
import type { AlpacaTiming } from './alpaca-timing.ts';

const QUICK: AlpacaTiming = {
  connectTimeoutMs: 2000,
  answerTimeoutMs: 500,
  pingMs: 1000,
  pongWaitMs: 500,
  reconnectBaseMs: 10,
  reconnectMaxMs: 40,
  silenceMs: 60_000,
  pollMs: 20,
  restTimeoutMs: 2000,
  restRetryBaseMs: 5,
  restRetryMaxMs: 20,
};

/** Monday morning in New York: the market is open. */
const OPEN_MS = Date.parse('2026-07-13T14:00:00Z');
const SUNDAY_MS = Date.parse('2026-07-12T14:00:00Z');

function clockAt(startMs: number): Clock {
  const began = performance.now();
  return { now: () => startMs + Math.floor(performance.now() - began) };
}

type Notice<K extends FeedNotice['kind']> = Extract<FeedNotice, { kind: K }>;

/** Reads a stream in the background. */
class Reader {
  readonly events: MarketEvent[] = [];
  readonly notices: FeedNotice[] = [];
  error: unknown = null;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;

  constructor(feed: Feed, symbols: readonly string[]) {
    this.#done = this.#read(feed, symbols);
  }

  of<K extends FeedNotice['kind']>(kind: K): Notice<K>[] {
    return this.notices.filter((notice): notice is Notice<K> => notice.kind === kind);
  }

  states(): readonly string[] {
    return this.of('state').map(({ state }) => state);
  }

  trades(): readonly string[] {
    return this.events.flatMap((event) => (event.type === 'trade' ? [event.id] : []));
  }

  async live(times = 1): Promise<void> {
    await eventually(() => expect(this.states().filter((state) => state === 'live')).toHaveLength(times));
  }

  /** The stream has ended by itself. */
  async ended(): Promise<void> {
    await this.#done;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #read(feed: Feed, symbols: readonly string[]): Promise<void> {
    try {
      for await (const batch of feed.stream({ symbols, resumeToken: null, signal: this.#abort.signal })) {
        this.events.push(...batch.events);
        this.notices.push(...batch.notices);
      }
    } catch (error) {
      this.error = error;
    }
  }
}

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8000, interval: 5 });

interface Setting {
  readonly standIn: AlpacaStandIn;
  readonly feed: Feed;
  read(symbols: readonly string[]): Reader;
}

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(
  options: Partial<Omit<AlpacaFeedOptions, 'timing'>> & { readonly timing?: Partial<AlpacaTiming> } = {},
  standInOptions: AlpacaStandInOptions = {},
): Promise<Setting> {
  const clock = options.clock ?? clockAt(OPEN_MS);
  const standIn = await startAlpacaStandIn({ clock, closeAfterErrorMs: 10, ...standInOptions });
  cleanups.push(() => standIn.close());
  const feed = createAlpacaFeed({
    keyId: FREE_ACCOUNT.keyId,
    secret: FREE_ACCOUNT.secret,
    streamUrl: standIn.streamUrl,
    dataUrl: standIn.dataUrl,
    tradingUrl: standIn.tradingUrl,
    requestsPerMinute: 60_000,
    random: () => 0,
    log: silentLog,
    ...options,
    clock,
    timing: { ...QUICK, ...options.timing },
  });
  cleanups.push(() => feed.close());
  return {
    standIn,
    feed,
    read: (symbols) => {
      const reader = new Reader(feed, symbols);
      cleanups.push(() => reader.stop());
      return reader;
    },
  };
}

let nextId = 1;

function trade(symbol: string, id: number | bigint = nextId++): StandInMessage {
  return { T: 't', S: symbol, i: id, x: 'V', p: 101.25, s: 100, c: ['@'], t: '2026-07-13T14:00:01.120034501Z', z: 'C' };
}

function quote(symbol: string, t = '2026-07-13T14:00:01Z'): StandInMessage {
  return { T: 'q', S: symbol, ax: 'V', ap: 101.27, as: 300, bx: 'V', bp: 101.24, bs: 200, c: ['R'], t, z: 'C' };
}

function last(standIn: AlpacaStandIn): StandInConnection {
  const connection = standIn.connections.at(-1);
  if (connection === undefined) throw new Error('nothing has connected');
  return connection;
}

function frames(standIn: AlpacaStandIn): readonly Record<string, unknown>[] {
  return standIn.requests.filter(({ kind }) => kind === 'frame').map(({ frame }) => frame as Record<string, unknown>);
}

function symbols(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `S${String(index).padStart(4, '0')}`);
}

function assetsOf(names: readonly string[]) {
  return names.map((symbol) => ({ symbol, name: `${symbol} Inc.`, exchange: 'NYSE', hasData: true }));
}

describe('Alpaca stream', () => {
  it('authenticates, subscribes and yields events in arrival order, over msgpack', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL', 'MSFT']);
    await reader.live();
    expect(last(standIn).format).toBe('msgpack');
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
    const connection = last(standIn);
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
    last(standIn).send([{ T: 'zz', S: 'AAPL', a: 1 }, trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    expect(reader.of('bad-message')).toEqual([]);
  });

  it('subscribes and unsubscribes what changes, and drops data that arrives after it was unsubscribed', async () => {
    const { standIn, feed, read } = await start();
    const reader = read(['AAPL', 'MSFT']);
    await reader.live();
    feed.setSymbols(['MSFT', 'NVDA']);
    await eventually(() => expect([...(last(standIn).subscriptions.get('trades') ?? [])]).toEqual(['MSFT', 'NVDA']));
    last(standIn).send([trade('AAPL', 1), trade('NVDA', 2)]);
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
    expect(last(standIn).path).toBe('/v2/test');
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

describe('Alpaca stream, when something goes wrong', () => {
  it.each([
    ['a key that Alpaca does not know', { secret: 'wrong' }, 'unauthorized', /APCA_API_KEY_ID/],
    ['a feed outside the plan', { dataFeed: 'sip' as const }, 'plan-limit', /plan does not include the "sip"/],
  ])('stops for %s and says what to do', async (_name, options, code, advice) => {
    const { standIn, read } = await start(options);
    const reader = read(['AAPL']);
    await reader.ended();
    expect(reader.states()).toEqual(['connecting', 'stopped']);
    const error = reader.of('state').at(-1)?.error;
    expect(error).toMatchObject({ code, retryable: false, userMessage: expect.stringMatching(advice) });
    expect(reader.error).toBe(error);
    expect(standIn.connections).toHaveLength(1);
  });

  it.each([429, 502, 503])('tries again after an upgrade refused with %d', async (status) => {
    const { standIn, read } = await start();
    standIn.refuseUpgrades(status, status);
    const reader = read(['AAPL']);
    await reader.live();
    expect(reader.states()).toEqual(['connecting', 'reconnecting', 'reconnecting', 'live']);
    expect(reader.of('gap')).toEqual([]);
  });

  it.each([
    [404, 'bad-config'],
    [403, 'unauthorized'],
  ])('gives up on an upgrade refused with %d', async (status, code) => {
    const { standIn, read } = await start();
    standIn.refuseUpgrades(status);
    const reader = read(['AAPL']);
    await reader.ended();
    expect(reader.error).toMatchObject({ code, message: expect.stringContaining(String(status)) });
  });

  it('waits for its place after 406: a line that broke off is held for a while', async () => {
    const { standIn, read } = await start({}, { slotHoldMs: 100 });
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver([trade('AAPL')]);
    last(standIn).drop();
    await reader.live(2);
    expect(reader.of('state').some(({ error }) => error?.code === 'conflict')).toBe(true);
  });

  it('says that 406 may be another program', async () => {
    const { feed, standIn, read } = await start();
    const other = createAlpacaFeed({
      ...FREE_ACCOUNT,
      streamUrl: standIn.streamUrl,
      dataUrl: standIn.dataUrl,
      tradingUrl: standIn.tradingUrl,
      timing: QUICK,
      clock: clockAt(OPEN_MS),
      random: () => 0,
      log: silentLog,
    });
    cleanups.push(() => other.close());
    const first = new Reader(other, ['AAPL']);
    cleanups.push(() => first.stop());
    await first.live();
    const reader = read(['AAPL']);
    await eventually(() => expect(reader.states()).toContain('reconnecting'));
    expect(reader.of('state').at(-1)?.error?.userMessage).toMatch(/one connection per account/);
    expect(first.states()).toEqual(['connecting', 'live']);
    expect(feed.symbolLimit).toBe(30);
  });

  it.each([407, 500])('reconnects after error %d and subscribes everything again', async (code) => {
    const { standIn, read } = await start();
    const reader = read(['AAPL', 'MSFT']);
    await reader.live();
    last(standIn).fail(code);
    await reader.live(2);
    expect([...(last(standIn).subscriptions.get('trades') ?? [])]).toEqual(['AAPL', 'MSFT']);
  });

  it('ignores 403, that it is authenticated already', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    last(standIn).fail(403);
    standIn.deliver([trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    expect(reader.states()).toEqual(['connecting', 'live']);
  });

  it.each([401, 404])('reconnects once after %d and then stops', async (code) => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    last(standIn).fail(code);
    await reader.live(2);
    last(standIn).fail(code);
    await reader.ended();
    expect(reader.error).toMatchObject({ retryable: false });
    expect(standIn.connections).toHaveLength(2);
  });

  it('stops at a code it does not know and shows the text', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    last(standIn).fail(499, 'the moon is full');
    await reader.ended();
    expect(reader.error).toMatchObject({ userMessage: expect.stringContaining('the moon is full') });
  });

  it('falls back to the basic channels when one is refused, and stops when those are', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    last(standIn).fail(410);
    last(standIn).fail(410);
    await reader.ended();
    expect(reader.error).toMatchObject({ code: 'unsupported' });
  });

  it('reports the gap of an abrupt end, from the last data to the new line', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver([trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    last(standIn).drop();
    await reader.live(2);
    standIn.deliver([trade('AAPL', 2)]);
    await eventually(() => expect(reader.trades()).toEqual(['1', '2']));
    const received = reader.events.map(({ receivedMs }) => receivedMs);
    expect(reader.of('gap')).toEqual([
      {
        kind: 'gap',
        reason: 'disconnect',
        symbol: null,
        fromMs: received[0],
        toMs: expect.any(Number),
        lostCount: null,
      },
    ]);
    expect(reader.of('gap')[0]?.toMs).toBeGreaterThanOrEqual(received[0] ?? Infinity);
    expect(reader.of('gap')[0]?.toMs).toBeLessThanOrEqual(received[1] ?? 0);
  });

  it('waits longer from one fruitless connection to the next, and short again once data has come', async () => {
    const delays: string[] = [];
    const log: Log = {
      ...silentLog,
      warn: (fields) => {
        if ('detail' in fields) delays.push(String(fields.detail).replace(/.*again in /, ''));
      },
    };
    const { standIn, read } = await start({ log, timing: { reconnectBaseMs: 100, reconnectMaxMs: 400 } });
    standIn.refuseUpgrades(502, 502, 502);
    const reader = read(['AAPL']);
    await reader.live();
    // Accepted, but without data: not yet a healthy line.
    last(standIn).drop();
    await reader.live(2);
    standIn.deliver([trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    last(standIn).drop();
    await reader.live(3);
    expect(delays).toEqual(['0.1 s', '0.2 s', '0.4 s', '0.4 s', '0.1 s']);
  });

  it('leaves a line that is open but silent while the market is open', async () => {
    const { standIn, read } = await start({ timing: { silenceMs: 80 } });
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver([trade('AAPL', 1)]);
    last(standIn).isSilent = true;
    await reader.live(2);
    expect(reader.of('gap')[0]).toMatchObject({ reason: 'silence', lostCount: null });
  });

  it('finds silence normal when the market is closed', async () => {
    const { standIn, read } = await start({ clock: clockAt(SUNDAY_MS), timing: { silenceMs: 20 } });
    const reader = read(['AAPL']);
    await reader.live();
    // Many times the silence that would count in market hours.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(standIn.connections).toHaveLength(1);
    expect(reader.states()).toEqual(['connecting', 'live']);
  });

  it('finds silence normal while everything it streams is halted', async () => {
    const { standIn, read } = await start({ timing: { silenceMs: 60 } });
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver([{ T: 's', S: 'AAPL', sc: 'H', sm: '', rc: 'T1', rm: '', t: '2026-07-13T14:00:02Z', z: 'C' }]);
    await eventually(() => expect(reader.events).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(standIn.connections).toHaveLength(1);
  });

  it('notices a dead line by its missing pongs', async () => {
    const { standIn, read } = await start({ timing: { pingMs: 20, pongWaitMs: 15 } });
    const reader = read(['AAPL']);
    await reader.live();
    last(standIn).answersPings = false;
    await reader.live(2);
    expect(reader.of('gap')[0]).toMatchObject({ reason: 'disconnect' });
  });

  it('gives up a connection that does not answer', async () => {
    const { standIn, feed, read } = await start({ timing: { answerTimeoutMs: 50 } });
    const reader = read(['AAPL']);
    await reader.live();
    last(standIn).answersRequests = false;
    feed.setSymbols(['AAPL', 'MSFT']);
    await reader.live(2);
    expect([...(last(standIn).subscriptions.get('trades') ?? [])]).toEqual(['AAPL', 'MSFT']);
  });

  it('drops the oldest quotes first when the consumer is slow, and says how many', async () => {
    const { standIn, feed } = await start({ bufferCapacity: 20 });
    const abort = new AbortController();
    const stream = feed.stream({ symbols: ['AAPL'], resumeToken: null, signal: abort.signal })[Symbol.asyncIterator]();
    await stream.next();
    await eventually(() => expect(last(standIn).subscriptions.get('trades')?.size).toBe(1));
    standIn.deliver(Array.from({ length: 40 }, (_, at) => (at % 4 === 0 ? trade('AAPL', at) : quote('AAPL'))));
    const events: MarketEvent[] = [];
    const gaps: FeedNotice[] = [];
    while (!events.some((event) => event.type === 'trade' && event.id === '36')) {
      const { value } = await stream.next();
      events.push(...(value?.events ?? []));
      gaps.push(...(value?.notices ?? []).filter(({ kind }: FeedNotice) => kind === 'gap'));
    }
    abort.abort();
    await stream.return?.();
    expect(events.filter(({ type }) => type === 'trade')).toHaveLength(10);
    const lost = 40 - events.length;
    expect(lost).toBeGreaterThan(0);
    expect(gaps).toMatchObject([{ reason: 'overflow', lostCount: lost }]);
  });

  it('never lets a secret into what it says or logs', async () => {
    const lines: unknown[] = [];
    const keep = (fields: object, message: string): void => void lines.push([fields, message]);
    const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };
    const { read, feed } = await start({ secret: 'very-secret-value', log });
    const reader = read(['AAPL']);
    await reader.ended();
    await feed.findInstruments('AAPL', 5).catch((error: unknown) => lines.push(error, String(error)));
    const said = JSON.stringify([lines, reader.notices, String(reader.error)], (_key, value: unknown) =>
      value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value,
    );
    expect(said).not.toContain('very-secret-value');
  });
});

describe('Alpaca symbols', () => {
  it('streams the first 30 on the free plan and polls the rest', async () => {
    const names = symbols(35);
    const { standIn, feed, read } = await start({}, { assets: assetsOf(names) });
    const reader = read(names);
    await reader.live();
    expect(feed.symbolLimit).toBe(30);
    expect([...(last(standIn).subscriptions.get('trades') ?? [])]).toEqual(names.slice(0, 30));
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
    await eventually(() => expect(last(standIn).subscriptions.get('trades')?.has('S0034')).toBe(true));
    expect(reader.of('symbols-polled').at(-1)?.symbols).toEqual(names.slice(25, 30));
    expect(reader.states()).not.toContain('reconnecting');
  });

  it('says each print of a snapshot once', async () => {
    const { feed, read } = await start({ symbolLimit: 0, clock: { now: () => OPEN_MS } });
    const reader = read(['AAPL']);
    await reader.live();
    await eventually(() => expect(reader.events).toHaveLength(3));
    await new Promise((resolve) => setTimeout(resolve, 100));
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
    expect([...(last(standIn).subscriptions.get('trades') ?? [])]).toEqual(names.slice(0, 7));
    expect(reader.of('symbols-polled').at(-1)?.symbols).toEqual(names.slice(7));
  });

  it('cuts a long list into frames below 32 KB', async () => {
    const names = symbols(3000);
    const keys = { keyId: PAID_ACCOUNT.keyId, secret: PAID_ACCOUNT.secret };
    const { standIn, read } = await start({ ...keys, symbolLimit: null }, { assets: assetsOf(names) });
    const reader = read(names);
    await reader.live();
    expect(last(standIn).subscriptions.get('trades')?.size).toBe(3000);
    const sizes = standIn.requests.filter(({ kind }) => kind === 'frame').map(({ bytes }) => bytes);
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32_768);
  });

  it('rejects a symbol that is on no list, once, and streams the others', async () => {
    const { standIn, feed, read } = await start();
    const reader = read(['AAPL', 'APPL', 'msft']);
    await eventually(() => expect(reader.of('symbol-rejected').map(({ symbol }) => symbol)).toEqual(['msft', 'APPL']));
    await eventually(() => expect([...(last(standIn).subscriptions.get('trades') ?? [])]).toEqual(['AAPL']));
    feed.setSymbols(['AAPL', 'APPL']);
    expect(await feed.instrument('APPL')).toBeNull();
    expect(reader.of('symbol-rejected')).toHaveLength(2);
  });

  it('finds the one symbol that Alpaca cannot parse and keeps the rest', async () => {
    // Passes for a symbol here, but not there.
    const { standIn, read } = await start({}, { assets: assetsOf(['AAPL', 'A^B', 'MSFT', 'NVDA', 'IBM']) });
    const reader = read(['AAPL', 'A^B', 'MSFT', 'NVDA', 'IBM']);
    await reader.live();
    expect([...(last(standIn).subscriptions.get('trades') ?? [])].sort()).toEqual(['AAPL', 'IBM', 'MSFT', 'NVDA']);
    expect(reader.of('symbol-rejected').map(({ symbol }) => symbol)).toEqual(['A^B']);
  });

  it('searches exact symbols first, then prefixes, then names, with one request for all', async () => {
    const { standIn, feed } = await start();
    const find = async (query: string) => (await feed.findInstruments(query, 3)).map(({ symbol }) => symbol);
    expect(await find('a')).toEqual(['AMD', 'AAPL', 'AMZN']);
    expect(await find('amd')).toEqual(['AMD']);
    expect(await find('tesla')).toEqual(['TSLA']);
    expect(await feed.instrument('BRK.B')).toMatchObject({ name: 'Berkshire Hathaway Inc. Class B', exchange: 'NYSE' });
    expect(standIn.requests.filter(({ path }) => path === '/v2/assets')).toHaveLength(1);
  });
});

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
