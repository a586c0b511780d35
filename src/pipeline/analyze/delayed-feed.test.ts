import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedBatch, StreamRequest } from '../../feeds/feed.ts';
import type { MarketEvent } from '../../market/index.ts';
import { FakeTime } from '../../testing/fake-time.ts';
import { ScriptedFeed } from '../../testing/pipeline-feed.ts';
import { CountedMetrics, eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { tradeOf } from '../../testing/store-rows.ts';
import { withMethods } from '../../testing/with-methods.ts';
import { openPipeline } from '../open-pipeline.ts';

const MINUTE_MS = 60_000;
const DELAY_MS = 15 * MINUTE_MS;
const START_MS = Date.UTC(2026, 6, 13, 14);
const PRINTS = 20;

describe('the candles of a delayed feed', { timeout: 60_000 }, () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(() => fixture.close(), 60_000);

  it('stay open until the clock has passed their end by the delay', async () => {
    const time = new FakeTime(START_MS + DELAY_MS + MINUTE_MS / 2);
    const metrics = new CountedMetrics();
    let ticks = 0;
    const bus = withMethods(fixture.bus, {
      endOffsets: (topic) => {
        if (topic === 'trades') ticks += 1;
        return fixture.bus.endOffsets(topic);
      },
    });
    const feed = new PausingFeed(printsOf('alpaca-delayed'));
    const roles = new Set(['ingest', 'analyze', 'persist'] as const);
    const options = { roles, dataset: 'live', feed, bus, metrics, clock: time, symbols: ['AAPL'] };
    const pipeline = await openPipeline(fixture.options(options));
    const candle = async () => {
      const range = { fromMs: START_MS, toMs: null, limit: 1 };
      const [stored] = await fixture.store.candles({ symbol: 'AAPL', interval: '1m', source: 'live', ...range });
      return stored;
    };
    const timePasses = (): Promise<void> => {
      const from = ticks;
      return eventually('the clock is looked at', () => ticks >= from + 2);
    };
    await eventually('half of the minute is stored', async () => (await candle())?.tradeCount === PRINTS / 2);
    await timePasses();
    expect((await candle())?.isClosed).toBe(false);
    feed.goOn();
    await eventually('the minute is stored', async () => (await candle())?.tradeCount === PRINTS);
    expect(metrics.counts.get('late_trades_total') ?? 0).toBe(0);
    time.advance(MINUTE_MS);
    await eventually('it is closed', async () => (await candle())?.isClosed === true);
    await pipeline.close();
    const stretch = { symbols: ['AAPL'], fromMs: START_MS, toMs: START_MS + MINUTE_MS };
    expect(await fixture.store.arrivalCounts(stretch)).toEqual([]);
    expect((await fixture.store.minuteCounts(stretch))[0]?.revisedCandles).toBe(0);
  });
});

/** One minute, evenly; the second half of it comes when it is told to. */
class PausingFeed extends ScriptedFeed {
  goOn: () => void = () => undefined;
  readonly #events: readonly MarketEvent[];

  constructor(events: readonly MarketEvent[]) {
    super({ events, source: 'live', staysOpen: true });
    this.#events = events;
  }

  override async *stream(request: StreamRequest): AsyncIterable<FeedBatch> {
    const told = new Promise<void>((resolve) => {
      this.goOn = resolve;
    });
    yield { events: this.#events.slice(0, PRINTS / 2), notices: [], resumeToken: null };
    await told;
    yield { events: this.#events.slice(PRINTS / 2), notices: [], resumeToken: null };
    await new Promise((resolve) => request.signal.addEventListener('abort', resolve, { once: true }));
  }
}

function printsOf(provider: string): readonly MarketEvent[] {
  return Array.from({ length: PRINTS }, (_, index) => {
    const timeMs = START_MS + (index * MINUTE_MS) / PRINTS;
    return tradeOf(index, { timeMs, receivedMs: timeMs + DELAY_MS + 50, conditions: ['@'], source: 'live', provider });
  });
}
