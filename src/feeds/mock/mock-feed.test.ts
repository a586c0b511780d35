import { describe, expect, it } from 'vitest';
import type { MarketEvent } from '../../market/index.ts';
import { FakeTime } from '../../testing/fake-time.ts';
import { describeFeedContract } from '../../testing/feed-contract.ts';
import type { Feed, FeedNotice } from '../feed.ts';
import { createMockClock } from './mock-clock.ts';
import { createMockFeed } from './mock-feed.ts';
import { parseMockOptions } from './mock-options.ts';

const START_MS = Date.parse('2026-11-20T15:30:12.000Z');
const MINUTE_MS = 60_000;

interface Recording {
  readonly events: MarketEvent[];
  readonly notices: FeedNotice[];
}

/** Streams until `untilMs` of market time, which passes as fast as it is computed. */
async function record(
  text: string,
  symbols: readonly string[],
  minutes: number,
  startMs = START_MS,
): Promise<Recording> {
  const time = new FakeTime(startMs);
  const feed = createMockFeed({ options: parseMockOptions(text), clock: time, sleep: time.sleep });
  return readUntil(feed, time, symbols, startMs + minutes * MINUTE_MS);
}

async function readUntil(feed: Feed, time: FakeTime, symbols: readonly string[], untilMs: number): Promise<Recording> {
  const abort = new AbortController();
  const recording: Recording = { events: [], notices: [] };
  time.at(untilMs, () => abort.abort());
  for await (const batch of feed.stream({ symbols, resumeToken: null, signal: abort.signal })) {
    recording.events.push(...batch.events);
    recording.notices.push(...batch.notices);
  }
  await feed.close();
  return recording;
}

function identity(event: MarketEvent): string {
  return event.type === 'trade' ? event.id : `${event.type} ${event.timeMs} ${event.nanosOfMs}`;
}

function duplicateCount(events: readonly MarketEvent[]): number {
  return events.length - new Set(events.map((event) => `${event.symbol} ${identity(event)}`)).size;
}

function hasOldTrade(events: readonly MarketEvent[]): boolean {
  return events.some((event) => event.type === 'trade' && event.receivedMs - event.timeMs > 1_900);
}

describeFeedContract('mock', async () => {
  const time = new FakeTime(START_MS);
  return {
    feed: createMockFeed({ options: parseMockOptions('seed=5'), clock: time, sleep: time.sleep }),
    symbols: ['AAPL', 'MSFT', 'SPY'],
    unknownSymbol: 'NOPE',
    nowMs: START_MS,
    close: async () => undefined,
  };
});

describe('mock stream', () => {
  it('is the same market for the same seed, bit for bit, and another for another seed', async () => {
    const options = 'seed=11,faults=all';
    const once = await record(options, ['AAPL', 'XOM'], 3);
    expect(await record(options, ['AAPL', 'XOM'], 3)).toEqual(once);
    const other = await record('seed=12,faults=all', ['AAPL', 'XOM'], 3);
    expect(other.events[0]).not.toEqual(once.events[0]);
  });

  it('begins with the minute in progress and goes on where history ends', async () => {
    const time = new FakeTime(START_MS);
    const feed = createMockFeed({ options: parseMockOptions('seed=5'), clock: time, sleep: time.sleep });
    const signal = new AbortController().signal;
    const history = [];
    const range = { fromMs: START_MS - 10 * MINUTE_MS, toMs: START_MS };
    for await (const page of feed.history({ symbol: 'AAPL', interval: '1m', ...range, signal })) history.push(...page);
    const { events } = await readUntil(feed, time, ['AAPL'], START_MS + MINUTE_MS);
    const trades = events.filter((event) => event.type === 'trade');
    const last = history.at(-1);
    expect(last?.timeMs).toBe(Math.floor(START_MS / MINUTE_MS) * MINUTE_MS - MINUTE_MS);
    expect(trades[0]?.timeMs).toBeLessThan(START_MS);
    expect(Math.abs((trades[0]?.price ?? 0) - (last?.close ?? 0))).toBeLessThanOrEqual(0.07);
  });

  it('sends bars that are those of history and those of its own trades', async () => {
    const { events } = await record('seed=5', ['AAPL'], 3);
    const bars = events.filter((event) => event.type === 'bar');
    expect(bars).toHaveLength(3);
    for (const bar of bars) {
      const trades = events.filter((event) => event.type === 'trade');
      const inside = trades.filter(({ timeMs }) => timeMs >= bar.timeMs && timeMs < bar.timeMs + MINUTE_MS);
      const forming = inside.filter(({ conditions }) => !conditions.includes('I')).map(({ price }) => price);
      expect(bar).toMatchObject({
        open: forming[0],
        high: Math.max(...forming),
        low: Math.min(...forming),
        close: forming.at(-1),
        volume: inside.reduce((sum, { size }) => sum + size, 0),
        tradeCount: inside.length,
      });
      expect(bar.vwap).toBeCloseTo(inside.reduce((sum, { size, price }) => sum + size * price, 0) / bar.volume, 8);
    }
    const time = new FakeTime(START_MS + 3 * MINUTE_MS);
    const feed = createMockFeed({ options: parseMockOptions('seed=5'), clock: time });
    const range = { fromMs: START_MS - MINUTE_MS, toMs: START_MS + 3 * MINUTE_MS };
    const signal = new AbortController().signal;
    for await (const page of feed.history({ symbol: 'AAPL', interval: '1m', ...range, signal })) {
      expect(page).toEqual(bars.map((bar) => ({ ...bar, receivedMs: time.now() })));
    }
  });

  it('quotes a bid below the ask around every trade', async () => {
    const { events } = await record('seed=5', ['AAPL', 'NVR', 'F'], 2);
    const latest = new Map<string, { bid: number; ask: number }>();
    let checked = 0;
    for (const event of events.filter(({ timeMs }) => timeMs > START_MS)) {
      if (event.type === 'quote') {
        expect(event.bid).toBeLessThan(event.ask);
        expect(Math.min(event.bidSize, event.askSize)).toBeGreaterThan(0);
        latest.set(event.symbol, event);
      }
      const quote = latest.get(event.symbol);
      if (event.type !== 'trade' || quote === undefined) continue;
      expect(event.price).toBeGreaterThanOrEqual(quote.bid);
      expect(event.price).toBeLessThanOrEqual(quote.ask);
      checked += 1;
    }
    expect(checked).toBeGreaterThan(100);
  });

  it('rejects a symbol that is not listed and streams the others', async () => {
    const { events, notices } = await record('seed=5', ['NOPE', 'AAPL'], 1);
    expect(notices).toContainEqual(expect.objectContaining({ kind: 'symbol-rejected', symbol: 'NOPE' }));
    expect(events.length).toBeGreaterThan(0);
  });

  it('goes on at the present, and says what is missing, when nobody read for long', async () => {
    const time = new FakeTime(START_MS);
    const feed = createMockFeed({ options: parseMockOptions('seed=5'), clock: time, sleep: time.sleep });
    const abort = new AbortController();
    const notices: FeedNotice[] = [];
    let batches = 0;
    for await (const batch of feed.stream({ symbols: ['AAPL'], resumeToken: null, signal: abort.signal })) {
      notices.push(...batch.notices);
      batches += 1;
      if (batches === 3) time.advance(3_600_000);
      if (batches === 20) abort.abort();
    }
    expect(notices).toContainEqual(expect.objectContaining({ kind: 'gap', reason: 'overflow', symbol: null }));
  });

  it('ends a disconnect that began before nobody read for long', async () => {
    const said = ({ notices }: Pick<Recording, 'notices'>): readonly unknown[] =>
      notices.filter((notice) => notice.kind === 'state' || (notice.kind === 'gap' && notice.reason === 'disconnect'));
    const options = 'seed=5,faults=disconnect:1';
    const read = await record(options, ['AAPL'], 4);

    const time = new FakeTime(START_MS);
    const feed = createMockFeed({ options: parseMockOptions(options), clock: time, sleep: time.sleep });
    const abort = new AbortController();
    time.at(START_MS + 4 * MINUTE_MS, () => abort.abort());
    const notices: FeedNotice[] = [];
    let hasSlept = false;
    for await (const batch of feed.stream({ symbols: ['AAPL'], resumeToken: null, signal: abort.signal })) {
      notices.push(...batch.notices);
      const isDown = batch.notices.some((notice) => notice.kind === 'state' && notice.state === 'reconnecting');
      if (isDown && !hasSlept) time.advance(MINUTE_MS);
      hasSlept ||= isDown;
    }
    expect(notices).toContainEqual(expect.objectContaining({ kind: 'gap', reason: 'overflow' }));
    expect(said({ notices })).toEqual(said(read));
  });

  it('sends nothing while the market is closed and begins at the open of an early-close day', async () => {
    const beforeOpen = Date.parse('2026-11-27T08:59:00Z');
    const { events } = await record('seed=5,session=us', ['AAPL'], 10, beforeOpen);
    expect(events[0]?.timeMs).toBeGreaterThanOrEqual(Date.parse('2026-11-27T09:00:00Z'));
    const afterPost = Date.parse('2026-11-27T21:58:00Z');
    const late = await record('seed=5,session=us', ['AAPL'], 10, afterPost);
    expect(Math.max(...late.events.map(({ timeMs }) => timeMs))).toBeLessThan(Date.parse('2026-11-27T22:00:00Z'));
  });
});

describe('mock clock', () => {
  it('runs as many times as fast as asked, from the time asked for', () => {
    const base = new FakeTime(1_000);
    const clock = createMockClock(parseMockOptions('clock=10@2026-11-27T14:25:00Z').clock, base);
    base.advance(6_000);
    expect(new Date(clock.now()).toISOString()).toBe('2026-11-27T14:26:00.000Z');
  });

  it('lets a stream cover ten market minutes in one of the base clock', async () => {
    const time = new FakeTime(START_MS);
    const options = parseMockOptions('clock=10');
    const feed = createMockFeed({ options, clock: createMockClock(options.clock, time), sleep: time.sleep });
    const { events } = await readUntil(feed, time, ['AAPL'], START_MS + MINUTE_MS);
    expect(events.filter((event) => event.type === 'bar').length).toBeGreaterThanOrEqual(10);
  });
});

describe('mock faults', () => {
  it('sends each event once, in order and on time when none is on', async () => {
    const { events, notices } = await record('seed=5', ['AAPL'], 5);
    expect(duplicateCount(events)).toBe(0);
    expect(hasOldTrade(events.filter(({ timeMs }) => timeMs > START_MS))).toBe(false);
    expect(notices).toHaveLength(1);
  });

  it.each(['disconnect', 'silence'] as const)('%s loses what happens meanwhile and says so', async (fault) => {
    const { events, notices } = await record(`seed=5,faults=${fault}:1`, ['AAPL'], 5);
    const gap = notices.find((notice) => notice.kind === 'gap');
    expect(gap).toMatchObject({ reason: fault, symbol: null });
    const inGap = events.filter(
      ({ type, timeMs }) => type !== 'bar' && timeMs > (gap?.fromMs ?? 0) && timeMs < (gap?.toMs ?? 0) - 1,
    );
    expect(inGap).toEqual([]);
    const states = notices.flatMap((notice) => (notice.kind === 'state' ? [notice.state] : []));
    expect(states.includes('reconnecting')).toBe(fault === 'disconnect');
    expect(states[0]).toBe('live');
  });

  it('duplicate sends some events twice', async () => {
    const { events } = await record('seed=5,faults=duplicate:0.2', ['AAPL'], 2);
    expect(duplicateCount(events)).toBeGreaterThan(10);
  });

  it('late sends some trades seconds after they happened', async () => {
    const { events } = await record('seed=5,faults=late:0.1', ['AAPL'], 3);
    expect(hasOldTrade(events.filter(({ timeMs }) => timeMs > START_MS))).toBe(true);
  });

  it('out-of-order lets later events overtake earlier ones', async () => {
    const { events } = await record('seed=5,faults=out-of-order:0.2', ['AAPL'], 2);
    const times = events.filter(({ type }) => type === 'trade').map(({ timeMs }) => timeMs);
    expect(times).not.toEqual([...times].sort((a, b) => a - b));
  });

  it('malformed turns some events into bad messages with their text', async () => {
    const { notices } = await record('seed=5,faults=malformed:0.1', ['AAPL'], 2);
    const bad = notices.filter((notice) => notice.kind === 'bad-message');
    expect(bad.length).toBeGreaterThan(5);
    expect(bad[0]).toMatchObject({ origin: 'stream', position: null });
    expect(bad.every(({ payload }) => payload.startsWith('{"type":'))).toBe(true);
  });

  it('flash-crash takes prices down by several percent and back', async () => {
    const { events } = await record('seed=5,faults=flash-crash:1', ['AAPL'], 4);
    const prices = events.flatMap((event) => (event.type === 'trade' ? [event.price] : []));
    expect(Math.min(...prices)).toBeLessThan(0.97 * Math.max(...prices));
  });
});
