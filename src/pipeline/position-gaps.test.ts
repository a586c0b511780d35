import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TopicKind } from '../bus/bus.ts';
import { sampleTrades } from '../testing/bus-events.ts';
import { eventually, PipelineFixture } from '../testing/pipeline-fixture.ts';
import { alertOf, emptyBatch } from '../testing/store-rows.ts';
import { openPipeline } from './open-pipeline.ts';
import { positionKey } from './positions.ts';

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
