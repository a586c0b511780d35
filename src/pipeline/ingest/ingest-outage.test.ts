import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedBatch, FeedNotice, StreamRequest } from '../../feeds/feed.ts';
import { TapedeckError } from '../../market/index.ts';
import { Reader } from '../../testing/bus-reader.ts';
import { minuteBarOf, ScriptedFeed } from '../../testing/pipeline-feed.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { tradeStream } from '../../testing/pipeline-trades.ts';
import { candleOf, emptyBatch } from '../../testing/store-rows.ts';
import { withMethods } from '../../testing/with-methods.ts';
import { openPipeline } from '../open-pipeline.ts';
import type { Pipeline, PipelineOptions } from '../pipeline.ts';

const START_MS = Date.UTC(2026, 6, 13, 14);
const EVENTS = tradeStream({
  seed: 3,
  symbols: ['AAPL'],
  startMs: START_MS,
  minutes: 2,
  tradesPerMinute: 30,
});
const LIVE: FeedNotice = { kind: 'state', state: 'live', detail: '', error: null };
const MINUTE_MS = 60_000;
const EVERYTHING = { symbol: null, fromMs: null, toMs: null, limit: 10 };

describe('ingest in trouble', { timeout: 60_000 }, () => {
  let fixture: PipelineFixture;
  let pipelines: Pipeline[];

  beforeEach(async () => {
    pipelines = [];
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(async () => {
    for (const pipeline of pipelines) await pipeline.close();
    await fixture.close();
  }, 60_000);

  async function open(changes: Partial<PipelineOptions>): Promise<void> {
    pipelines.push(await openPipeline(fixture.options({ roles: new Set(['ingest']), dataset: 'live', ...changes })));
  }

  it('reads its feed on while the store does not take the row of a gap, and stores it later', async () => {
    let isStoreAway = true;
    const store = withMethods(fixture.store, {
      saveGap: async (gap) => {
        if (isStoreAway) throw new TapedeckError('connection-lost', 'no database', { retryable: true });
        await fixture.store.saveGap(gap);
      },
    });
    const feed = new ScriptedFeed({
      events: EVENTS,
      source: 'live',
      staysOpen: true,
      notices: [{ kind: 'gap', reason: 'overflow', symbol: null, fromMs: START_MS - 1, toMs: START_MS, lostCount: 7 }],
    });
    await open({ feed, store });
    await eventually('every event is on the bus', async () => {
      const ends = await fixture.bus.endOffsets('trades');
      return ends[0] === EVENTS.length;
    });
    expect(await fixture.store.gaps(EVERYTHING)).toEqual([]);
    isStoreAway = false;
    await eventually('the gap is stored', async () => (await fixture.store.gaps(EVERYTHING)).length === 1);
  });

  it('streams on while its lease cannot be renewed, and stops once another process has it', async () => {
    const asked: (boolean | null)[] = [true, null, null, null, null, null, null, false];
    const store = withMethods(fixture.store, {
      acquireLease: async () => {
        const answer = asked.length > 1 ? asked.shift() : asked[0];
        if (answer === null || answer === undefined)
          throw new TapedeckError('connection-lost', 'no database', { retryable: true });
        return answer;
      },
    });
    const feed = new WatchedFeed({ events: EVENTS, source: 'live', staysOpen: true });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await open({ feed, store });
      await vi.waitFor(() => expect(feed.signal).not.toBeNull());
      await vi.advanceTimersByTimeAsync(15_500);
      expect(asked.length).toBeLessThan(4);
      expect(feed.signal?.aborted).toBe(false);
      await vi.advanceTimersByTimeAsync(9_000);
      expect(feed.signal?.aborted).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('enters what it missed between two streams into the gap ledger', async () => {
    const lastMs = Math.max(...EVENTS.map((event) => event.timeMs));
    const feed = new BreakingFeed({ events: EVENTS, source: 'live', staysOpen: true, notices: [LIVE] });
    await open({ feed });
    await eventually('the gap is stored', async () => (await fixture.store.gaps(EVERYTHING)).length === 1);
    const [gap] = await fixture.store.gaps(EVERYTHING);
    expect(gap).toMatchObject({ reason: 'disconnect', symbol: null, fromMs: lastMs, lostCount: null });
    expect(gap?.toMs).toBeGreaterThan(lastMs);
    expect(feed.streams).toBe(2);
  });

  it('enters it also where the last print before was stamped with a time ahead', async () => {
    const lastMs = Math.max(...EVENTS.map((event) => event.timeMs));
    const last = EVENTS.find((event) => event.timeMs === lastMs);
    if (last === undefined) throw new Error('no event');
    const ahead = { ...last, timeMs: Date.now() + 86_400_000, receivedMs: lastMs };
    const events = EVENTS.map((event) => (event === last ? ahead : event));
    await open({ feed: new BreakingFeed({ events, source: 'live', staysOpen: true, notices: [LIVE] }) });
    await eventually('the gap is stored', async () => (await fixture.store.gaps(EVERYTHING)).length === 1);
    const [gap] = await fixture.store.gaps(EVERYTHING);
    expect(gap).toMatchObject({ reason: 'disconnect', fromMs: lastMs });
    expect(gap?.toMs).toBeGreaterThan(lastMs);
  });

  it('asks again for the minute in which the program stopped, unless it was a backfilled one', async () => {
    const stopMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 10 * MINUTE_MS;
    const built = candleOf({ openTimeMs: stopMs, source: 'live', isClosed: true });
    const position = { clusterId: 'earlier', consumer: 'persist', topic: 'candles', partition: 0 };
    const candles = [built, { ...built, symbol: 'MSFT', source: 'backfill' as const }];
    await fixture.store.persist({ ...emptyBatch(position, null, 2), candles });
    const bars = ['AAPL', 'MSFT'].flatMap((symbol) => [
      minuteBarOf(symbol, stopMs),
      minuteBarOf(symbol, stopMs + MINUTE_MS),
    ]);
    const reader = new Reader();
    const consumption = await fixture.bus.consume(reader.request({ topics: ['bars'] }));
    const feed = new ScriptedFeed({ events: [], source: 'live', staysOpen: true, bars });
    await open({ feed, symbols: ['AAPL', 'MSFT'] });
    await eventually('three minutes have come', () => minutesOf(reader).length === 3);
    await consumption.close();
    expect(minutesOf(reader).toSorted()).toEqual([
      `AAPL ${String(stopMs)}`,
      `AAPL ${String(stopMs + MINUTE_MS)}`,
      `MSFT ${String(stopMs + MINUTE_MS)}`,
    ]);
  });

  it('takes up the gaps that an earlier run left open', async () => {
    const fromMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 10 * MINUTE_MS;
    const gap = { reason: 'disconnect', symbol: 'AAPL', fromMs, toMs: fromMs + 1, lostCount: null } as const;
    await fixture.store.saveGap({ ...gap, id: 'earlier', detail: '', backfilledMs: null });
    const feed = new ScriptedFeed({ events: [], source: 'live', staysOpen: true, bars: [minuteBarOf('AAPL', fromMs)] });
    await open({ feed, symbols: ['AAPL'] });
    await eventually('the gap is closed', async () => {
      const [stored] = await fixture.store.gaps(EVERYTHING);
      return stored !== undefined && stored.backfilledMs !== null;
    });
  });
});

/** Tells whether its stream is still wanted. */
class WatchedFeed extends ScriptedFeed {
  signal: AbortSignal | null = null;

  override stream(request: StreamRequest): AsyncIterable<FeedBatch> {
    this.signal = request.signal;
    return super.stream(request);
  }
}

/** The first stream breaks off once it has said everything. */
class BreakingFeed extends ScriptedFeed {
  override async *stream(request: StreamRequest): AsyncIterable<FeedBatch> {
    const isFirst = this.streams === 0;
    let count = 0;
    for await (const batch of super.stream(request)) {
      yield batch;
      count += batch.events.length;
      if (isFirst && count === EVENTS.length) {
        throw new TapedeckError('connection-lost', 'broken off', { retryable: true });
      }
    }
  }
}

function minutesOf(reader: Reader): readonly string[] {
  return reader.batches.flatMap((batch) =>
    batch.topic === 'bars' ? batch.records.map(({ event }) => `${event.symbol} ${String(event.timeMs)}`) : [],
  );
}
