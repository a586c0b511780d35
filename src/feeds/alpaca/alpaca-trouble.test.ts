import { describe, expect, it } from 'vitest';
import { type Log, type MarketEvent, silentLog } from '../../market/index.ts';
import {
  QUICK,
  OPEN_MS,
  SUNDAY_MS,
  clockAt,
  movableClock,
  Reader,
  eventually,
  cleanups,
  start,
  trade,
  quote,
  lastConnection,
  frames,
} from '../../testing/alpaca/alpaca-feed-fixture.ts';
import { FREE_ACCOUNT } from '../../testing/alpaca/alpaca-stand-in.ts';
import type { FeedNotice } from '../feed.ts';
import { createAlpacaFeed } from './alpaca-feed.ts';

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
    lastConnection(standIn).drop();
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
    lastConnection(standIn).fail(code);
    await reader.live(2);
    expect([...(lastConnection(standIn).subscriptions.get('trades') ?? [])]).toEqual(['AAPL', 'MSFT']);
  });

  it('ignores 403, that it is authenticated already', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    lastConnection(standIn).fail(403);
    standIn.deliver([trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    expect(reader.states()).toEqual(['connecting', 'live']);
  });

  it.each([401, 404])('reconnects once after %d and then stops', async (code) => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    lastConnection(standIn).fail(code);
    await reader.live(2);
    lastConnection(standIn).fail(code);
    await reader.ended();
    expect(reader.error).toMatchObject({ retryable: false });
    expect(standIn.connections).toHaveLength(2);
  });

  it('stops at a code it does not know and shows the text', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    lastConnection(standIn).fail(499, 'the moon is full');
    await reader.ended();
    expect(reader.error).toMatchObject({ userMessage: expect.stringContaining('the moon is full') });
  });

  it('falls back to the basic channels when one is refused, and stops when those are', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    lastConnection(standIn).fail(410);
    lastConnection(standIn).fail(410);
    await reader.ended();
    expect(reader.error).toMatchObject({ code: 'unsupported' });
  });

  it('reports the gap of an abrupt end, from the last data to the new line', async () => {
    const { standIn, read } = await start();
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver([trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    lastConnection(standIn).drop();
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
    lastConnection(standIn).drop();
    await reader.live(2);
    standIn.deliver([trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    lastConnection(standIn).drop();
    await reader.live(3);
    expect(delays).toEqual(['0.1 s', '0.2 s', '0.4 s', '0.4 s', '0.1 s']);
  });

  it('leaves a line that is open but silent while the market is open', async () => {
    const clock = movableClock(OPEN_MS);
    const { standIn, read } = await start({ clock, timing: { silenceMs: 40 } });
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver([trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    clock.advance(50);
    await reader.live(2);
    expect(reader.of('gap')).toEqual([
      { kind: 'gap', reason: 'silence', symbol: null, fromMs: OPEN_MS, toMs: OPEN_MS + 50, lostCount: null },
    ]);
  });

  it('tells of a gap of the delayed feed in the time of the market', async () => {
    const clock = movableClock(OPEN_MS + 15 * 60_000);
    const { standIn, read, feed } = await start({ clock, dataFeed: 'delayed_sip', timing: { silenceMs: 40 } });
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver([trade('AAPL', 1)]);
    await eventually(() => expect(reader.trades()).toEqual(['1']));
    clock.advance(50);
    await reader.live(2);
    expect(feed.delayMs).toBe(15 * 60_000);
    expect(reader.events[0]).toMatchObject({ provider: 'alpaca-delayed' });
    expect(reader.of('gap')).toMatchObject([{ reason: 'silence', fromMs: OPEN_MS, toMs: OPEN_MS + 50 }]);
  });

  it.each([
    ['when the market is closed', SUNDAY_MS, []],
    [
      'while everything it streams is halted',
      OPEN_MS,
      [{ T: 's', S: 'AAPL', sc: 'H', sm: '', rc: 'T1', rm: '', t: '2026-07-13T14:00:02Z', z: 'C' }],
    ],
  ])('finds silence normal %s', async (_name, startMs, messages) => {
    const clock = movableClock(startMs);
    const { standIn, read } = await start({ clock, timing: { silenceMs: 40 } });
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver(messages);
    await eventually(() => expect(reader.events).toHaveLength(messages.length));
    clock.advance(10_000);
    // Time for several looks at the clock.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(reader.states()).toEqual(['connecting', 'live']);
  });

  it('does not take a new line for a halted one because everything was halted on the line before', async () => {
    const clock = movableClock(OPEN_MS);
    const { standIn, read } = await start({ clock, timing: { silenceMs: 40 } });
    const reader = read(['AAPL']);
    await reader.live();
    standIn.deliver([{ T: 's', S: 'AAPL', sc: 'H', sm: '', rc: 'T1', rm: '', t: '2026-07-13T14:00:00Z', z: 'C' }]);
    await eventually(() => expect(reader.events).toHaveLength(1));
    clock.advance(10);
    lastConnection(standIn).drop();
    await reader.live(2);
    clock.advance(50);
    await reader.live(3);
    expect(reader.of('gap').map(({ reason }) => reason)).toEqual(['disconnect', 'silence']);
  });

  it('notices a dead line by its missing pongs', async () => {
    const { standIn, read } = await start({ timing: { pingMs: 60, pongWaitMs: 50 } });
    const reader = read(['AAPL']);
    await reader.live();
    lastConnection(standIn).answersPings = false;
    await reader.live(2);
    expect(reader.of('gap')[0]).toMatchObject({ reason: 'disconnect' });
  });

  it('gives up a connection that does not answer', async () => {
    const { standIn, feed, read } = await start({ timing: { answerTimeoutMs: 200 } });
    const reader = read(['AAPL']);
    await reader.live();
    lastConnection(standIn).answersRequests = false;
    feed.setSymbols(['AAPL', 'MSFT']);
    await reader.live(2);
    expect([...(lastConnection(standIn).subscriptions.get('trades') ?? [])]).toEqual(['AAPL', 'MSFT']);
  });

  it('gives up a connection that does not answer the smaller request after one that was too large', async () => {
    const { standIn, feed, read } = await start({ timing: { answerTimeoutMs: 200 }, symbolLimit: null });
    const before = ['AAPL', 'MSFT'];
    const reader = read(before);
    await reader.live();
    const connection = lastConnection(standIn);
    connection.answersRequests = false;
    feed.setSymbols(['NVDA', 'TSLA', ...before]);
    await eventually(() => expect(frames(standIn).at(-1)).toMatchObject({ action: 'subscribe' }));
    connection.fail(405);
    await eventually(() => expect(frames(standIn).at(-1)).toMatchObject({ action: 'unsubscribe', trades: before }));
    await reader.live(2);
    expect([...(lastConnection(standIn).subscriptions.get('trades') ?? [])]).toEqual(['NVDA', 'TSLA']);
  });

  it('drops the oldest quotes first when the consumer is slow, and says how many', async () => {
    const { standIn, feed } = await start({ bufferCapacity: 20 });
    const abort = new AbortController();
    const stream = feed.stream({ symbols: ['AAPL'], resumeToken: null, signal: abort.signal })[Symbol.asyncIterator]();
    await stream.next();
    await eventually(() => expect(lastConnection(standIn).subscriptions.get('trades')?.size).toBe(1));
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
      value instanceof Error ? { message: value.message, stack: value.stack, cause: value.cause } : value,
    );
    expect(said).not.toContain('very-secret-value');
  });
});
