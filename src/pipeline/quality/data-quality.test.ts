import { afterEach, describe, expect, it } from 'vitest';
import type { Feed, FeedBatch, FeedNotice } from '../../feeds/feed.ts';
import { createMockFeed } from '../../feeds/mock/mock-feed.ts';
import { DEFAULT_MOCK_OPTIONS, type MockOptions } from '../../feeds/mock/mock-options.ts';
import { type Candle, TapedeckError, type Trade } from '../../market/index.ts';
import type { Store } from '../../store/store.ts';
import { RecordedFeed, recordMock } from '../../testing/mock-recording.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { withMethods } from '../../testing/with-methods.ts';
import { openPipeline } from '../open-pipeline.ts';
import { type DayQuality, readDayQuality } from './day-quality.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 6, 13, 14);
const MINUTES = 6;
const END_MS = START_MS + MINUTES * MINUTE_MS;
const NOW_MS = END_MS + 30 * MINUTE_MS;
const SYMBOLS = ['AAPL', 'MSFT'];
const OPTIONS: MockOptions = {
  ...DEFAULT_MOCK_OPTIONS,
  seed: 4,
  faults: { disconnect: 0.5, duplicate: 0.05, late: 0.05 },
};
const EVERY_GAP = { symbol: null, fromMs: null, toMs: null, limit: 100 };
const QUESTION = { symbols: SYMBOLS, fromMs: START_MS, toMs: END_MS, nowMs: NOW_MS };
const STORED_ROLES = ['ingest', 'analyze', 'persist'] as const;

describe('data quality, from a market that disconnects, repeats and is late', { timeout: 180_000 }, () => {
  const fixtures: PipelineFixture[] = [];

  afterEach(async () => {
    for (const fixture of fixtures.splice(0)) await fixture.close();
  }, 60_000);

  it('is what the market did, by symbol and day, and the same when the program is stopped and its answers get lost', async () => {
    const batches = await recordMock(OPTIONS, SYMBOLS, START_MS, END_MS);
    const expected = countsOf(batches);
    expect(expected.gaps.length).toBeGreaterThan(0);
    const straight = await run(batches, { stops: 1, losesAnswers: false });
    const disturbed = await run(batches, { stops: 3, losesAnswers: true });
    for (const [symbol, { duplicates, late }] of expected.bySymbol) {
      expect(duplicates).toBeGreaterThan(0);
      expect(late).toBeGreaterThan(0);
      const row = straight.days.find((day) => day.symbol === symbol);
      expect(row).toMatchObject({ day: '2026-07-13', duplicates, lateTrades: late });
      // The history made good what the disconnects had swallowed.
      expect(row).toMatchObject({ missingMinutes: 0, gaps: expected.gaps.length, openGaps: 0 });
      expect(row?.revisedCandles).toBeGreaterThan(0);
    }
    expect(straight.disconnects).toEqual(expected.gaps);
    expect(countersOf(disturbed.days)).toEqual(countersOf(straight.days));
    for (const symbol of SYMBOLS) expect(straight.backfilled.get(symbol)).toBe(MINUTES);
  });

  async function run(
    batches: readonly FeedBatch[],
    { stops, losesAnswers }: { readonly stops: number; readonly losesAnswers: boolean },
  ): Promise<Outcome> {
    const fixture = await PipelineFixture.open();
    fixtures.push(fixture);
    const clock = { now: () => NOW_MS, rate: 1 };
    let isHistoryOpen = false;
    const history = heldBack(createMockFeed({ options: { ...OPTIONS, faults: {} }, clock }), () => isHistoryOpen);
    const feed = new RecordedFeed(batches, Math.ceil(batches.length / stops), history);
    const trades = batches.flatMap(({ events }) => events.filter(({ type }) => type === 'trade')).length;
    for (let stop = 1; stop <= stops; stop++) {
      const store = losesAnswers ? losingAnswers(fixture.store) : fixture.store;
      const roles = new Set(STORED_ROLES);
      const pipeline = await openPipeline(fixture.options({ roles, feed, store, clock, symbols: SYMBOLS }));
      const said = batches.slice(0, Math.ceil(batches.length / stops) * stop);
      // The history comes last, so that what is late finds candles that have closed without it.
      await eventually('the share of this run is stored', async () => isStored(fixture.store, said));
      isHistoryOpen = true;
      if (stop === stops) {
        // What was late may have been lost in a disconnect long after its minute, which no gap tells of.
        for (const symbol of SYMBOLS) {
          await pipeline.backfills.requestRange({ symbol, fromMs: START_MS, toMs: END_MS });
        }
        await eventually('every gap of the feed is repaired', async () => {
          const gaps = await fixture.store.gaps({ ...EVERY_GAP, reason: 'disconnect' });
          const isDone = gaps.every(({ backfill }) => backfill.state === 'done');
          return isDone && gaps.length >= gapNoticesOf(batches).length;
        });
        await eventually('every trade is stored', async () => {
          const position = { clusterId: fixture.bus.clusterId, consumer: 'persist', topic: 'trades', partition: 0 };
          return (await fixture.store.position(position)) === trades;
        });
        await eventually('the history of the day is stored', async () => {
          const days = await readDayQuality(fixture.store, QUESTION);
          return days.length > 0 && days.every((day) => day.coveredMinutes === day.expectedMinutes);
        });
        await eventually('every minute has closed, with all its prints and its repair', async () => {
          const range = { fromMs: START_MS, toMs: END_MS, limit: 100 };
          for (const symbol of SYMBOLS) {
            const built = await fixture.store.candles({ symbol, interval: '1m', source: 'mock', ...range });
            const filled = await fixture.store.candles({ symbol, interval: '1m', source: 'backfill', ...range });
            const bars = await fixture.store.candles({ symbol, interval: '1m', source: 'feed-bar', ...range });
            if (built.length < MINUTES || filled.length < MINUTES) return false;
            if (bars.filter(({ isClosed }) => isClosed).length < barMinutesOf(batches, symbol)) return false;
            const isWhole = ({ openTimeMs, tradeCount, isClosed }: Candle): boolean =>
              isClosed &&
              tradeCount >= printsOf(batches, symbol, openTimeMs) &&
              tradeCount >= (filled.find((bar) => bar.openTimeMs === openTimeMs)?.tradeCount ?? Infinity);
            if (!built.every(isWhole)) return false;
          }
          return true;
        });
      }
      await pipeline.close();
      if (stop < stops) await fixture.reopen();
    }
    await feed.close();
    return outcomeOf(fixture.store);
  }
});

interface Outcome {
  readonly days: readonly DayQuality[];
  /** Those that the feed told of; each stop of the program leaves one more. */
  readonly disconnects: readonly string[];
  readonly backfilled: ReadonlyMap<string, number>;
}

async function outcomeOf(store: Store): Promise<Outcome> {
  const range = { fromMs: START_MS, toMs: END_MS };
  const days = await readDayQuality(store, QUESTION);
  const gaps = await store.gaps({ ...EVERY_GAP, reason: 'disconnect' });
  const backfilled = new Map<string, number>();
  for (const symbol of SYMBOLS) {
    const candles = await store.candles({ symbol, interval: '1m', source: 'backfill', ...range, limit: 100 });
    backfilled.set(symbol, candles.length);
  }
  return { days, disconnects: gaps.map(({ fromMs, toMs }) => `${fromMs} ${toMs}`), backfilled };
}

/** What arrival decides; how often a candle was revised depends on when it was sent. */
function countersOf(days: readonly DayQuality[]) {
  return days.map(({ revisedCandles: _revised, gaps: _gaps, backfilledMinutes: _backfilled, ...counters }) => counters);
}

function countsOf(batches: readonly FeedBatch[]) {
  const bySymbol = new Map(SYMBOLS.map((symbol) => [symbol, { duplicates: 0, late: 0 }]));
  const seen = new Set<string>();
  for (const trade of batches.flatMap(({ events }) =>
    events.filter((event): event is Trade => event.type === 'trade'),
  )) {
    const counts = bySymbol.get(trade.symbol);
    if (counts === undefined) continue;
    const key = `${trade.symbol} ${trade.exchange} ${trade.id} ${trade.timeMs}`;
    const minuteEndMs = (Math.floor(trade.timeMs / MINUTE_MS) + 1) * MINUTE_MS;
    if (seen.has(key)) counts.duplicates++;
    else if (trade.receivedMs >= minuteEndMs + 2_000) counts.late++;
    seen.add(key);
  }
  return { bySymbol, gaps: gapNoticesOf(batches).map(({ fromMs, toMs }) => `${fromMs} ${toMs}`) };
}

/** A feed whose history answers once it is open. */
function heldBack(feed: Feed, isOpen: () => boolean): Feed {
  const history: Feed['history'] = async function* (request) {
    await eventually('the history opens', isOpen);
    yield* feed.history(request);
  };
  return withMethods(feed, { history });
}

/** Whether the minutes of these batches are stored as built candles with all their prints. */
async function isStored(store: Store, batches: readonly FeedBatch[]): Promise<boolean> {
  for (const symbol of SYMBOLS) {
    const range = { fromMs: START_MS, toMs: END_MS, limit: 100 };
    const built = await store.candles({ symbol, interval: '1m', source: 'mock', ...range });
    for (let minuteMs = START_MS; minuteMs < END_MS; minuteMs += MINUTE_MS) {
      const count = built.find(({ openTimeMs }) => openTimeMs === minuteMs)?.tradeCount ?? 0;
      if (count < printsOf(batches, symbol, minuteMs)) return false;
    }
  }
  return true;
}

function gapNoticesOf(batches: readonly FeedBatch[]) {
  const isGap = (notice: FeedNotice): notice is Extract<FeedNotice, { kind: 'gap' }> => notice.kind === 'gap';
  return batches.flatMap(({ notices }) => notices.filter(isGap));
}

/** Minutes that the feed itself sent a bar for. */
function barMinutesOf(batches: readonly FeedBatch[], symbol: string): number {
  const bars = batches.flatMap(({ events }) =>
    events.filter((event) => event.type === 'bar' && event.symbol === symbol && event.timeMs < END_MS),
  );
  return new Set(bars.map(({ timeMs }) => timeMs)).size;
}

/** Distinct prints of a minute. */
function printsOf(batches: readonly FeedBatch[], symbol: string, minuteMs: number): number {
  const prints = batches
    .flatMap(({ events }) => events.filter((event): event is Trade => event.type === 'trade'))
    .filter((trade) => trade.symbol === symbol && Math.floor(trade.timeMs / MINUTE_MS) * MINUTE_MS === minuteMs);
  return new Set(prints.map(({ exchange, id }) => `${exchange} ${id}`)).size;
}

/** Every third batch is stored, but nobody hears of it: what a connection does that breaks after the commit. */
function losingAnswers(store: Store): Store {
  let calls = 0;
  const persist: Store['persist'] = async (batch) => {
    const outcome = await store.persist(batch);
    if (++calls % 3 === 0) throw new TapedeckError('connection-lost', 'cut after the commit', { retryable: true });
    return outcome;
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'persist') return persist;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
