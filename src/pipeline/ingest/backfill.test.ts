import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TapedeckError } from '../../market/index.ts';
import { minuteBarOf, ScriptedFeed } from '../../testing/pipeline-feed.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { tradeStream } from '../../testing/pipeline-trades.ts';
import { withMethods } from '../../testing/with-methods.ts';
import { openPipeline } from '../open-pipeline.ts';

const MINUTE_MS = 60_000;
const PAGE_BARS = 10;
const PAGES = 3;

describe('the history of a symbol', { timeout: 60_000 }, () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(() => fixture.close(), 60_000);

  it('has no hole after the next start when the program was stopped while it came', async () => {
    const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const firstMs = nowMs - PAGES * PAGE_BARS * MINUTE_MS;
    const bars = Array.from({ length: PAGES * PAGE_BARS }, (_, index) =>
      minuteBarOf('AAPL', firstMs + index * MINUTE_MS),
    );
    const events = tradeStream({ ...QUIET_STREAM, startMs: nowMs - MINUTE_MS });
    const open = (pages: number) => {
      const feed = new ScriptedFeed({ events, source: 'live', staysOpen: true, bars, pageBars: PAGE_BARS });
      const roles = new Set(['ingest', 'analyze', 'persist'] as const);
      const bus = limitedTo(pages, fixture.bus);
      return openPipeline(fixture.options({ roles, dataset: 'live', bus, feed, symbols: ['AAPL'] }));
    };
    const stored = async () => {
      const range = { fromMs: firstMs, toMs: nowMs, limit: 100 };
      return fixture.store.candles({ symbol: 'AAPL', interval: '1m', source: null, ...range });
    };

    const stopped = await open(1);
    await eventually('the stream and a page of history are stored', async () => {
      const sources = new Set((await stored()).map(({ source }) => source));
      return sources.has('replay') && sources.has('backfill');
    });
    await stopped.close();
    expect((await stored()).length).toBeLessThan(bars.length);

    await fixture.reopen();
    const next = await open(Infinity);
    await eventually('all of it is stored', async () => (await stored()).length === bars.length);
    await next.close();
  });
});

const QUIET_STREAM = {
  seed: 3,
  symbols: ['AAPL'],
  minutes: 1,
  tradesPerMinute: 30,
};

/** A bus that takes so many pages of bars. */
function limitedTo(pages: number, bus: PipelineFixture['bus']): PipelineFixture['bus'] {
  let left = pages;
  const publish: typeof bus.publish = async (topic, events) => {
    if (topic === 'bars' && left-- <= 0) throw new TapedeckError('connection-lost', 'away', { retryable: true });
    return bus.publish(topic, events);
  };
  return withMethods(bus, { publish });
}
