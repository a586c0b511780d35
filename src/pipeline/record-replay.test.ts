import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEventRecorder } from '../feeds/replay/event-recorder.ts';
import { createReplayFeed } from '../feeds/replay/replay-feed.ts';
import {
  type Bar,
  type Candle,
  type Clock,
  type Instrument,
  INTERVALS,
  type MarketEvent,
  systemClock,
} from '../market/index.ts';
import type { Store } from '../store/store.ts';
import { ScriptedFeed } from '../testing/pipeline-feed.ts';
import { eventually, PipelineFixture } from '../testing/pipeline-fixture.ts';
import { tradeStream } from '../testing/pipeline-trades.ts';
import { openPipeline } from './open-pipeline.ts';
import type { Role } from './pipeline.ts';

const SYMBOLS = ['AAPL', 'MSFT'];
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A Monday, half an hour into the regular session. */
const START_MS = Date.UTC(2026, 6, 13, 14);
const END_MS = START_MS + 30 * MINUTE_MS;
/** The feed is cut off in the middle of a minute. */
const GAP = { fromMs: START_MS + 9.5 * MINUTE_MS, toMs: START_MS + 14 * MINUTE_MS };
const BACKGROUND_ROLES: ReadonlySet<Role> = new Set(['ingest', 'analyze', 'persist']);

describe('a recording of a feed that was cut off and backfilled', { timeout: 120_000 }, () => {
  let recorded: PipelineFixture;
  let replayed: PipelineFixture;

  beforeEach(async () => {
    recorded = await PipelineFixture.open(2);
    replayed = await PipelineFixture.open(2);
  }, 60_000);

  afterEach(async () => {
    await recorded.close();
    await replayed.close();
  }, 60_000);

  async function record(file: string): Promise<void> {
    const feed = new ScriptedFeed({
      source: 'live',
      events: liveEvents(),
      bars: SYMBOLS.flatMap(history),
      notices: [{ kind: 'gap', reason: 'disconnect', symbol: null, ...GAP, lostCount: null }],
      instruments: SYMBOLS.map(instrumentOf),
      staysOpen: true,
    });
    const pipeline = await openPipeline(
      recorded.options({
        feed,
        dataset: 'live',
        symbols: SYMBOLS,
        clock: clockFrom(END_MS + MINUTE_MS),
        recorder: await openEventRecorder({ file, instrumentOf: (symbol) => feed.instrument(symbol) }),
        roles: BACKGROUND_ROLES,
      }),
    );
    await eventually('the gap is backfilled', async () => {
      const [gap] = await recorded.store.gaps({ symbol: null, fromMs: null, toMs: null, limit: 1 });
      return gap !== undefined && gap.backfilledMs !== null;
    });
    await eventually('the history before the stream is stored', async () => {
      const stored = await shownCandles(recorded.store);
      return SYMBOLS.flatMap(history).every((bar) =>
        stored.some((candle) => candle.symbol === bar.symbol && candle.openTimeMs === bar.timeMs),
      );
    });
    await pipeline.close();
  }

  async function replay(file: string): Promise<void> {
    const feed = await createReplayFeed({ file, columns: null, symbols: [], speed: 'max', clock: systemClock });
    const pipeline = await openPipeline(replayed.options({ feed, dataset: 'replay-test', roles: BACKGROUND_ROLES }));
    await pipeline.finished;
    await pipeline.close();
    await feed.close();
  }

  it('is turned back into the same candles by a replay', async () => {
    const file = join(recorded.directory, 'recording.ndjson');
    await record(file);
    await replay(file);
    const expected = await shownCandles(recorded.store);
    expect(new Set(expected.map(({ source }) => source))).toEqual(new Set(['live', 'backfill', 'feed-bar']));
    expect(
      expected.find(({ openTimeMs, interval }) => interval === '1m' && openTimeMs === START_MS + 11 * MINUTE_MS),
    ).toMatchObject({
      source: 'backfill',
    });
    expect(await shownCandles(replayed.store)).toEqual(expected);
  });
});

/** Prints but for those of the gap, some of them late and amended, and the feed's own bars of its last minutes. */
function liveEvents(): readonly MarketEvent[] {
  const prints = tradeStream({
    seed: 5,
    symbols: SYMBOLS,
    startMs: START_MS,
    minutes: 30,
    tradesPerMinute: 20,
    repeated: 0.02,
    late: 0.02,
    corrected: 0.02,
    cancelled: 0.02,
    lateByMs: 120_000,
  });
  const received = prints
    .filter((event) => event.timeMs < GAP.fromMs || event.timeMs >= GAP.toMs)
    .map((event): MarketEvent => ({ ...event, source: 'live' }));
  const bars = SYMBOLS.flatMap((symbol) =>
    [27, 28].map((minute) => barOf(symbol, '1m', START_MS + minute * MINUTE_MS)),
  );
  return [...received, ...bars];
}

/** Days, minutes of the last session and of this one up to the end of the gap. */
function history(symbol: string): readonly Bar[] {
  const days = [7, 8, 9, 10].map((day) => barOf(symbol, '1d', Date.UTC(2026, 6, day, 4)));
  const firstMs = START_MS - 20 * MINUTE_MS;
  const before = Array.from({ length: 10 }, (_, index) =>
    barOf(symbol, '1m', START_MS - 3 * DAY_MS + index * MINUTE_MS),
  );
  const lengthMinutes = (GAP.toMs - firstMs) / MINUTE_MS;
  const today = Array.from({ length: lengthMinutes }, (_, index) => barOf(symbol, '1m', firstMs + index * MINUTE_MS));
  return [...days, ...before, ...today];
}

function barOf(symbol: string, interval: Bar['interval'], timeMs: number): Bar {
  const open = 100 + ((timeMs / MINUTE_MS) % 7);
  return {
    type: 'bar',
    symbol,
    interval,
    timeMs,
    nanosOfMs: 0,
    source: 'live',
    provider: 'replay',
    receivedMs: END_MS,
    open,
    high: open + 2,
    low: open - 1,
    close: open + 1,
    volume: 4_000,
    vwap: open + 0.5,
    tradeCount: 19,
    isUpdate: false,
  };
}

function instrumentOf(symbol: string): Instrument {
  const industry = { sector: 'Information Technology', industry: 'Software' };
  return { symbol, name: symbol, ...industry, exchange: 'NASDAQ', calendar: 'us-equities', priceDecimals: 2 };
}

function clockFrom(startMs: number): Clock {
  const began = performance.now();
  return { now: () => startMs + Math.floor(performance.now() - began) };
}

/** The one candle of each open time that charts and HTTP show; whether it has closed is up to the clock. */
async function shownCandles(store: Store): Promise<readonly Omit<Candle, 'isClosed'>[]> {
  const shown: Omit<Candle, 'isClosed'>[] = [];
  for (const symbol of SYMBOLS) {
    for (const interval of INTERVALS) {
      const query = { symbol, interval, source: null, fromMs: null, toMs: null, limit: 100_000 };
      for (const { isClosed: _, ...candle } of await store.candles(query)) shown.push(candle);
    }
  }
  return shown;
}
