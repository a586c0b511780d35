import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReplayFeed } from '../feeds/replay/replay-feed.ts';
import { type Interval, marketEventToJson, systemClock, type TradeEvent } from '../market/index.ts';
import { ScriptedFeed } from '../testing/pipeline-feed.ts';
import { eventually, PipelineFixture } from '../testing/pipeline-fixture.ts';
import { compareCandles, naiveCandles } from '../testing/pipeline-naive-candles.ts';
import { tradeStream, type TradeStreamOptions } from '../testing/pipeline-trades.ts';
import { openPipeline } from './open-pipeline.ts';
import type { Pipeline, Role } from './pipeline.ts';
import { severable } from '../testing/pipeline-severed.ts';

const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'TSLA'];
const STREAM: TradeStreamOptions = {
  seed: 7,
  symbols: SYMBOLS,
  startMs: Date.UTC(2026, 6, 13, 14),
  minutes: 40,
  tradesPerMinute: 60,
  repeated: 0.02,
  late: 0.01,
  corrected: 0.01,
  cancelled: 0.01,
  lateByMs: 90_000,
};
const INTRADAY = ['1m', '5m', '15m', '1h'] as const satisfies readonly Interval[];
const BACKGROUND_ROLES: ReadonlySet<Role> = new Set(['ingest', 'analyze', 'persist', 'notify']);

describe('a replayed stream of trades', { timeout: 120_000 }, () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open(2);
  }, 60_000);

  afterEach(async () => {
    await fixture.close();
  }, 60_000);

  function open(events: readonly TradeEvent[]): Promise<Pipeline> {
    const feed = new ScriptedFeed({ events, batchEvents: 500 });
    return openPipeline(fixture.options({ feed, roles: BACKGROUND_ROLES, dataset: 'replay-test' }));
  }

  async function run(events: readonly TradeEvent[]): Promise<void> {
    const pipeline = await open(events);
    await pipeline.finished;
    await pipeline.close();
  }

  async function storedCandles(interval: Interval): Promise<readonly object[]> {
    const all = await Promise.all(
      SYMBOLS.map((symbol) =>
        fixture.store.candles({ symbol, interval, source: 'replay', fromMs: null, toMs: null, limit: 5_000 }),
      ),
    );
    return all.flat().sort(compareCandles);
  }

  async function expectNaiveCandles(events: readonly TradeEvent[]): Promise<void> {
    for (const interval of INTRADAY) {
      const stored = await storedCandles(interval);
      const expected = naiveCandles(events, interval);
      expect(stored).toMatchObject(expected.map((candle) => ({ ...candle, isClosed: true })));
      expect(stored).toHaveLength(expected.length);
    }
  }

  it('gives exactly the candles of an independent computation', async () => {
    const events = tradeStream(STREAM);
    await run(events);
    await expectNaiveCandles(events);
  });

  it('gives them too when prints come long after their minutes have left memory', async () => {
    const events = tradeStream({ ...STREAM, lateByMs: 20 * 60_000 });
    await run(events);
    await expectNaiveCandles(events);
  });

  it('leaves the same rows when it is replayed a second time from its beginning', async () => {
    const events = tradeStream(STREAM);
    await run(events);
    const before = await storedCandles('1m');
    const tradesBefore = await fixture.store.trades({ symbol: 'AAPL', fromMs: null, toMs: null, limit: 50_000 });
    await run([...events, ...events]);
    expect(await storedCandles('1m')).toEqual(before);
    expect(await fixture.store.trades({ symbol: 'AAPL', fromMs: null, toMs: null, limit: 50_000 })).toEqual(
      tradesBefore,
    );
  });

  it('leaves the same rows when everything dies in the middle and starts again', async () => {
    const events = tradeStream(STREAM);
    // The feed goes on near where it was cut, so both shares together must leave some of it.
    for (const share of [0.3, 0.4]) {
      const cut = severable(fixture.bus, fixture.store, Math.floor(events.length * share));
      const feed = new ScriptedFeed({ events, batchEvents: 500 });
      const { bus, store } = cut;
      const abandoned = await openPipeline(
        fixture.options({ bus, store, feed, roles: BACKGROUND_ROLES, dataset: 'replay-test' }),
      );
      await Promise.race([cut.severed, abandoned.finished]);
      await abandoned.close();
      await fixture.reopen();
    }
    await run(events);
    await expectNaiveCandles(events);
  });

  it('goes on from its checkpoint after a restart, without counting anything twice or not at all', async () => {
    const events = tradeStream(STREAM);
    for (const share of [0.25, 0.6]) {
      const feed = new ScriptedFeed({
        events: events.slice(0, Math.floor(events.length * share)),
        batchEvents: 500,
        staysOpen: true,
      });
      const pipeline = await openPipeline(fixture.options({ feed, roles: BACKGROUND_ROLES, dataset: 'replay-test' }));
      await eventually('some of it was analysed', async () => {
        const ends = await fixture.bus.endOffsets('trades');
        return ends.reduce((sum, end) => sum + end, 0) >= Math.floor(events.length * share);
      });
      await pipeline.close();
      const { clusterId } = fixture.bus;
      const key = { clusterId, consumer: 'analyze', topic: 'trades', partition: 0 };
      expect(await fixture.store.position(key)).toBeGreaterThan(0);
      await fixture.reopen();
    }
    await run(events);
    await expectNaiveCandles(events);
  });

  it('comes through from a file, whose unreadable line is a dead letter with its number', async () => {
    const events = tradeStream(STREAM);
    const lines = events.map(marketEventToJson);
    lines.splice(100, 0, '{"type":"trade","symbol":"AAPL","time":"yesterday","price":1,"size":1,"id":"x"}');
    const file = join(fixture.directory, 'trades.ndjson');
    await writeFile(file, lines.join('\n'));
    const feed = await createReplayFeed({ file, columns: null, symbols: [], speed: 'max', clock: systemClock });
    const pipeline = await openPipeline(fixture.options({ feed, roles: BACKGROUND_ROLES, dataset: 'replay-test' }));
    await pipeline.finished;
    await pipeline.close();
    await feed.close();
    await expectNaiveCandles(events);
    const letters = await fixture.store.deadLetters({ fromMs: null, toMs: null, limit: 10 });
    expect(letters).toMatchObject([{ position: 101 }]);
  });
});
