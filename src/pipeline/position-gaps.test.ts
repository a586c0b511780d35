import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BusBatch, TopicKind } from '../bus/bus.ts';
import { type Gap, silentLog } from '../market/index.ts';
import { sampleTrades } from '../testing/bus-events.ts';
import { eventually, PipelineFixture } from '../testing/pipeline-fixture.ts';
import { alertOf, emptyBatch } from '../testing/store-rows.ts';
import { openPipeline } from './open-pipeline.ts';
import { PositionGaps } from './position-gaps.ts';
import { positionKey } from './positions.ts';
import type { RoleContext } from './role-context.ts';

const LOST_END = 100;

describe('a log that ends before what was stored of it', { timeout: 60_000 }, () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(() => fixture.close());

  const position = (consumer: string, topic: TopicKind) => positionKey(fixture.bus, consumer, { topic, partition: 0 });

  it('stops no role: each goes on from its end, stores that it stands there, and the jump is in the ledger', async () => {
    const { bus, store } = fixture;
    const moved = [position('persist', 'trades'), position('analyze', 'trades'), position('notify', 'alerts')];
    for (const key of moved) await store.persist(emptyBatch(key, null, LOST_END));
    const pipeline = await openPipeline(fixture.options({ roles: new Set(['analyze', 'persist', 'notify']) }));
    try {
      await bus.publish('trades', sampleTrades(5));
      await bus.publish('alerts', [alertOf(1)]);
      await eventually(
        'trades and position are stored',
        async () => (await store.position(position('persist', 'trades'))) === 5,
      );
      await eventually('notify has moved on', async () => (await store.position(position('notify', 'alerts'))) === 1);
    } finally {
      await pipeline.close();
    }
    expect(await store.position(position('analyze', 'trades'))).toBe(5);
    expect(await store.trades({ symbol: 'AAPL', fromMs: null, toMs: null, limit: 10 })).toHaveLength(5);
    const gaps = await store.gaps({ symbol: null, fromMs: null, toMs: null, limit: 10 });
    expect(gaps.map(({ reason }) => reason)).toEqual(['position-outside-log', 'position-outside-log']);
  });
});

describe('the span of what the log no longer held', () => {
  const NOW_MS = Date.UTC(2026, 10, 20, 15);
  const NEWEST = { trade: NOW_MS - 500_000, candle: NOW_MS - 400_000 };

  /** A store that has both kinds of newest time; `rows` is what the ledger says of the gap, in order. */
  function spanBench(consumer: string, newestTime: (kind: 'trade' | 'candle') => Promise<number | null>) {
    const rows: Gap[] = [];
    const store = {
      symbolsWithCandles: () => Promise.resolve(['AAPL']),
      newestTime,
      saveGap: (gap: Gap) => {
        rows.push(gap);
        return Promise.resolve();
      },
    };
    const context = {
      options: { store, bus: { clusterId: 'c', partitionCount: 1 }, clock: { now: () => NOW_MS } },
      errors: { report: () => undefined },
      log: silentLog,
    } as unknown as RoleContext;
    return { gaps: new PositionGaps(context, consumer), rows };
  }

  const batch = (topic: TopicKind, timeMs: number, partition = 0): BusBatch =>
    ({ topic, partition, records: [{ event: { timeMs, openTimeMs: timeMs } }] }) as unknown as BusBatch;
  const newest = (kind: 'trade' | 'candle'): Promise<number | null> => Promise.resolve(NEWEST[kind]);

  it.each([
    ['persist', 'trades', NEWEST.trade],
    ['analyze', 'trades', NEWEST.candle],
    ['persist', 'candles', NEWEST.candle],
  ] as const)('begins for %s of %s with what the store has last, and ends with the first event', async (...given) => {
    const [consumer, topic, fromMs] = given;
    const { gaps, rows } = spanBench(consumer, newest);
    gaps.record({ topic, partition: 0 }, 10, 35);
    await gaps.before(batch(topic, NOW_MS - 100_000, 1));
    await gaps.before(batch(topic, NOW_MS - 60_000));
    await gaps.before(batch(topic, NOW_MS - 1_000));
    await gaps.close();
    expect(rows.at(-1)).toMatchObject({ fromMs, toMs: NOW_MS - 60_000, lostCount: 25, reason: 'position-outside-log' });
  });

  it('ends now until an event came, and never before it began', async () => {
    const silent = spanBench('persist', newest);
    silent.gaps.record({ topic: 'trades', partition: 0 }, 10, 35);
    await silent.gaps.close();
    expect(silent.rows).toMatchObject([{ fromMs: NEWEST.trade, toMs: NOW_MS }]);
    const early = spanBench('persist', newest);
    early.gaps.record({ topic: 'trades', partition: 0 }, 10, 35);
    await early.gaps.before(batch('trades', NEWEST.trade - 1_000));
    await early.gaps.close();
    expect(early.rows.at(-1)).toMatchObject({ fromMs: NEWEST.trade, toMs: NEWEST.trade });
  });

  it('is empty where bars make nothing good, or the store has nothing or cannot say', async () => {
    const cases = [
      ['alerts', newest],
      ['trades', () => Promise.resolve(null)],
      ['trades', () => Promise.reject(new Error('away'))],
    ] as const;
    for (const [topic, newestTime] of cases) {
      const { gaps, rows } = spanBench('persist', newestTime);
      gaps.record({ topic, partition: 0 }, 35, 10);
      await gaps.before(batch(topic, NOW_MS - 60_000));
      await gaps.close();
      expect(rows).toMatchObject([{ fromMs: NOW_MS, toMs: NOW_MS, lostCount: null }]);
    }
  });
});
