import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bar, type MarketEvent, marketEventToJson, type Trade } from '../../market/index.ts';
import { FakeTime } from '../../testing/fake-time.ts';
import { describeFeedContract } from '../../testing/feed-contract.ts';
import type { FeedBatch, FeedNotice } from '../feed.ts';
import { createReplayFeed, type ReplayFeedOptions } from './replay-feed.ts';

const START_MS = Date.parse('2026-07-13T13:45:00Z');
const NOW_MS = Date.parse('2026-11-20T12:00:00Z');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-replay-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function tradeAt(offsetMs: number, id: number, symbol = 'AAPL'): Trade {
  return {
    type: 'trade',
    symbol,
    timeMs: START_MS + offsetMs,
    nanosOfMs: 34_501,
    source: 'replay',
    provider: 'replay',
    receivedMs: NOW_MS,
    price: 101.25,
    size: 100,
    id: String(id),
    exchange: 'Q',
    tape: 'C',
    conditions: [],
    sequence: id,
  };
}

function backfilledBar(minute: number): Bar {
  const prices = { open: 101, high: 102, low: 100, close: 101.5, vwap: 101.2 };
  const { symbol, timeMs, provider, receivedMs } = tradeAt(minute * 60_000, 0);
  const origin = { symbol, timeMs, nanosOfMs: 0, source: 'backfill', provider, receivedMs } as const;
  return { type: 'bar', ...origin, interval: '1m', ...prices, volume: 900, tradeCount: 9, isUpdate: false };
}

function trades(count: number, apartMs = 10): readonly Trade[] {
  return Array.from({ length: count }, (_, id) => tradeAt(id * apartMs, id, id % 2 === 0 ? 'AAPL' : 'MSFT'));
}

function linesOf(events: readonly MarketEvent[]): string {
  return events.map((event) => `${marketEventToJson(event)}\n`).join('');
}

async function fileOf(name: string, content: string | Buffer): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

interface Played {
  readonly batches: readonly FeedBatch[];
  readonly events: readonly MarketEvent[];
  readonly notices: readonly FeedNotice[];
  readonly time: FakeTime;
}

async function play(options: Partial<ReplayFeedOptions> & { readonly file: string }, token?: string): Promise<Played> {
  const time = new FakeTime(NOW_MS);
  const feed = await createReplayFeed({
    columns: null,
    symbols: [],
    speed: 'max',
    clock: time,
    sleep: time.sleep,
    ...options,
  });
  const batches: FeedBatch[] = [];
  const signal = new AbortController().signal;
  for await (const batch of feed.stream({ symbols: [], resumeToken: token ?? null, signal })) batches.push(batch);
  await feed.close();
  return {
    batches,
    events: batches.flatMap(({ events }) => events),
    notices: batches.flatMap(({ notices }) => notices),
    time,
  };
}

function badLines(notices: readonly FeedNotice[]) {
  return notices.flatMap((notice) => (notice.kind === 'bad-message' ? [notice] : []));
}

describeFeedContract('replay', async () => {
  const own = await mkdtemp(join(tmpdir(), 'tapedeck-replay-contract-'));
  const file = join(own, 'day.ndjson');
  await writeFile(file, linesOf(trades(5_000)));
  const time = new FakeTime(NOW_MS);
  return {
    feed: await createReplayFeed({ file, columns: null, symbols: [], speed: 'max', clock: time, sleep: time.sleep }),
    symbols: ['AAPL', 'MSFT'],
    unknownSymbol: 'NOPE',
    nowMs: NOW_MS,
    close: () => rm(own, { recursive: true, force: true }),
  };
});

describe('replay of NDJSON', () => {
  it.each(['day.ndjson', 'day.ndjson.gz'])('yields every event of %s in order, in bounded batches', async (name) => {
    const events = trades(10_001);
    const text = linesOf(events);
    const played = await play({ file: await fileOf(name, name.endsWith('.gz') ? gzipSync(text) : text) });
    expect(played.events).toEqual(events);
    expect(Math.max(...played.batches.map((batch) => batch.events.length))).toBeLessThanOrEqual(2_000);
    expect(played.notices.at(-1)).toMatchObject({ kind: 'state', state: 'finished' });
  });

  it('reads the first line of a file that an editor has marked as UTF-8', async () => {
    const events = trades(3);
    const { events: played, notices } = await play({ file: await fileOf('day.ndjson', `\uFEFF${linesOf(events)}`) });
    expect(played).toEqual(events);
    expect(badLines(notices)).toEqual([]);
  });

  it('reports a bad line with its reason, number and text, and goes on', async () => {
    const [first, second] = trades(2);
    const good = [first, second].map((event) => marketEventToJson(event ?? tradeAt(0, 0)));
    const file = await fileOf(
      'day.ndjson',
      `${good[0]}\n{"type":"trade"\n\n{"type":"trade","symbol":"AAPL"}\r\n${good[1]}`,
    );
    const { events, notices } = await play({ file });
    expect(events).toEqual([first, second]);
    expect(badLines(notices)).toEqual([
      { kind: 'bad-message', reason: 'not JSON', payload: '{"type":"trade"', position: 2, origin: 'day.ndjson' },
      {
        kind: 'bad-message',
        reason: expect.stringContaining('time: expected'),
        payload: '{"type":"trade","symbol":"AAPL"}',
        position: 4,
        origin: 'day.ndjson',
      },
    ]);
  });

  it('does not hold a line without end, and goes on behind it', async () => {
    const event = tradeAt(0, 7);
    const { events, notices } = await play({
      file: await fileOf('day.ndjson', `${'x'.repeat(3_000_000)}\n${marketEventToJson(event)}\n`),
    });
    expect(events).toEqual([event]);
    expect(badLines(notices)).toMatchObject([{ position: 1, reason: expect.stringContaining('longer than') }]);
    expect(badLines(notices)[0]?.payload.length).toBeLessThanOrEqual(64 * 1024);
  });

  it('plays a compressed file that breaks off up to there, and says so', async () => {
    const whole = gzipSync(linesOf(trades(20_000)));
    const { events, notices } = await play({
      file: await fileOf('day.ndjson.gz', whole.subarray(0, whole.length - 4_000)),
    });
    expect(events.length).toBeGreaterThan(1_000);
    expect(badLines(notices).at(-1)?.reason).toBe('the compressed file ends in the middle');
    expect(notices.at(-1)).toMatchObject({ state: 'finished' });
  });

  it('plays only the symbols that were named', async () => {
    const { events, notices } = await play({
      file: await fileOf('day.ndjson', linesOf(trades(10))),
      symbols: ['MSFT', 'F'],
    });
    expect(new Set(events.map(({ symbol }) => symbol))).toEqual(new Set(['MSFT']));
    expect(events).toHaveLength(5);
    expect(notices.at(-1)).toMatchObject({
      state: 'finished',
      detail: 'replayed day.ndjson to its end; 5 lines not about MSFT,F left out (--symbols)',
    });
  });

  it('counts what it left out since it was resumed, each line once at any speed', async () => {
    const events = trades(4_001);
    const file = await fileOf('day.ndjson', linesOf(events));
    const first = (await play({ file, symbols: ['MSFT'] })).batches[1];
    const resumed = await play({ file, symbols: ['MSFT'], speed: 1 }, first?.resumeToken ?? '');
    const ending = resumed.notices.at(-1);
    const [, lines, line] =
      /; (\d+) lines after line (\d+) not about MSFT left out/.exec(ending?.kind === 'state' ? ending.detail : '') ??
      [];
    const leftOut = events.slice(Number(line)).filter(({ symbol }) => symbol !== 'MSFT');
    expect(Number(lines)).toBe(leftOut.length);
  });

  it('takes a symbol that trades at the weekend for one that always trades', async () => {
    const file = await fileOf('day.ndjson', linesOf([tradeAt(0, 1), tradeAt(5 * 86_400_000, 2, 'COIN')]));
    const feed = await createReplayFeed({ file, columns: null, symbols: [], speed: 'max', clock: new FakeTime(0) });
    expect(await feed.instrument('AAPL')).toMatchObject({ calendar: 'us-equities' });
    expect(await feed.instrument('COIN')).toMatchObject({ calendar: 'always-open' });
    await feed.close();
  });

  it('takes a pair for one that always trades, also where it comes far down in the file', async () => {
    const file = await fileOf('day.ndjson', linesOf([...trades(25_000), tradeAt(300_000, 25_000, 'BTC/USD')]));
    const feed = await createReplayFeed({ file, columns: null, symbols: [], speed: 'max', clock: new FakeTime(0) });
    expect(await feed.instrument('BTC/USD')).toBeNull();
    const signal = new AbortController().signal;
    let count = 0;
    for await (const { events } of feed.stream({ symbols: [], resumeToken: null, signal })) count += events.length;
    expect(count).toBe(25_001);
    expect(await feed.instrument('BTC/USD')).toMatchObject({ calendar: 'always-open' });
    await feed.close();
  });

  it.each([
    ['missing.ndjson', 'not-found'],
    ['.', 'bad-config'],
  ])('refuses %s with %s', async (name, code) => {
    const options = { columns: null, symbols: [], speed: 'max', clock: new FakeTime(0) } as const;
    await expect(createReplayFeed({ file: join(folder, name), ...options })).rejects.toMatchObject({ code });
  });
});

describe('interrupted replay', () => {
  it.each(['day.ndjson', 'day.ndjson.gz'])('goes on after the last acknowledged batch of %s', async (name) => {
    const events = trades(9_000);
    const text = linesOf(events);
    const file = await fileOf(name, name.endsWith('.gz') ? gzipSync(text) : text);
    const first = await play({ file });
    const read: MarketEvent[] = [];
    for (const { events: seen, resumeToken } of first.batches.slice(0, -1)) {
      read.push(...seen);
      const rest = await play({ file }, resumeToken ?? '');
      expect([...read, ...rest.events]).toEqual(events);
    }
  });

  it('keeps counting lines where it goes on', async () => {
    const file = await fileOf('day.ndjson', `${linesOf(trades(6_000))}broken\n`);
    const { batches } = await play({ file });
    const { notices } = await play({ file }, batches[2]?.resumeToken ?? '');
    expect(badLines(notices)).toMatchObject([{ position: 6_001 }]);
  });

  it('begins again where it is to play other symbols than before', async () => {
    const file = await fileOf('day.ndjson', linesOf(trades(6_000)));
    const { batches } = await play({ file, symbols: ['MSFT', 'AAPL'] });
    const token = batches[2]?.resumeToken ?? '';
    expect((await play({ file, symbols: ['AAPL', 'MSFT'] }, token)).events.length).toBeLessThan(6_000);
    expect((await play({ file, symbols: ['AAPL'] }, token)).events).toHaveLength(3_000);
    expect((await play({ file }, token)).events).toHaveLength(6_000);
  });

  it('begins again after its end, in another file, and with a token of something else', async () => {
    const file = await fileOf('day.ndjson', linesOf(trades(5_000)));
    const { batches } = await play({ file });
    expect((await play({ file }, batches.at(-1)?.resumeToken ?? '')).events).toHaveLength(5_000);
    expect((await play({ file }, 'not of a replay')).events).toHaveLength(5_000);
    await utimes(file, 1, 1);
    expect((await play({ file }, batches[1]?.resumeToken ?? '')).events).toHaveLength(5_000);
  });
});

describe('replay speed', () => {
  it.each([1, 10])('spreads events over wall time at speed %d', async (speed) => {
    const file = await fileOf('day.ndjson', linesOf(trades(61, 1_000)));
    const { events, time } = await play({ file, speed });
    expect(events).toHaveLength(61);
    expect(time.now() - NOW_MS).toBeCloseTo(60_000 / speed, -2);
  });

  it('marks events with the time they were played at, unless the line says when they were received', async () => {
    const bare = '{"type":"trade","symbol":"AAPL","time":"2026-07-13T13:45:00Z","price":1,"size":1,"id":1}\n';
    const later = bare.replace('45:00Z', '45:30Z').replace('"id":1', '"id":2');
    const stated = marketEventToJson({ ...tradeAt(30_000, 3), receivedMs: 17 });
    const { events } = await play({ file: await fileOf('day.ndjson', `${bare}${later}${stated}`), speed: 1 });
    expect(events.map(({ receivedMs }) => receivedMs)).toEqual([NOW_MS, NOW_MS + 30_000, 17]);
  });

  it('passes over a night in a second and says so', async () => {
    const night = 17 * 3_600_000;
    const file = await fileOf('day.ndjson', linesOf([tradeAt(0, 1), tradeAt(night, 2), tradeAt(night + 5_000, 3)]));
    const { notices, time } = await play({ file, speed: 1 });
    expect(time.now() - NOW_MS).toBeCloseTo(6_000, -2);
    expect(notices).toContainEqual(expect.objectContaining({ detail: 'passed over 17 h without events' }));
  });

  it('waits for no bars of history, which a recording fetched behind its stream', async () => {
    const history = Array.from({ length: 50 }, (_, index) => backfilledBar(index - 5_000));
    const events = [tradeAt(0, 1), ...history, tradeAt(2_000, 2)];
    const { events: played, time } = await play({ file: await fileOf('day.ndjson', linesOf(events)), speed: 1 });
    expect(played).toEqual(events);
    expect(time.now() - NOW_MS).toBeCloseTo(2_000, -2);
  });

  it('keeps the pace of a recording in which one event claims to come from tomorrow', async () => {
    const recorded = trades(61, 1_000).map((trade): Trade => {
      const timeMs = trade.sequence === 10 ? trade.timeMs + 86_400_000 : trade.timeMs;
      return { ...trade, timeMs, source: 'live', provider: 'alpaca', receivedMs: trade.timeMs + 50 };
    });
    const { events, time } = await play({ file: await fileOf('day.ndjson', linesOf(recorded)), speed: 1 });
    expect(events).toEqual(recorded);
    expect(time.now() - NOW_MS).toBeCloseTo(60_000, -2);
  });

  it('waits for nothing at max', async () => {
    const { time } = await play({ file: await fileOf('day.ndjson', linesOf(trades(100, 60_000))) });
    expect(time.waits).toEqual([]);
  });
});
