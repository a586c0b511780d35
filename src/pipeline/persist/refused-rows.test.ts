import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Alert, TapedeckError } from '../../market/index.ts';
import type { Store } from '../../store/index.ts';
import type { PersistBatch } from '../../store/store.ts';
import { sampleTrades } from '../../testing/bus-events.ts';
import { CountedMetrics, eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { alertOf, incompressibleText } from '../../testing/store-rows.ts';
import { withMethods } from '../../testing/with-methods.ts';
import { openPipeline } from '../open-pipeline.ts';
import { positionKey } from '../positions.ts';
import { PERSIST_CONSUMER } from './persist-role.ts';

const ALL = { fromMs: null, toMs: null, limit: 1_000 };

describe('rows that the store cannot hold', { timeout: 60_000 }, () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(() => fixture.close());

  const position = (topic: 'trades' | 'alerts') =>
    fixture.store.position(positionKey(fixture.bus, PERSIST_CONSUMER, { topic, partition: 0 }));

  it('become dead letters one by one, and what stands beside them is stored', async () => {
    const { bus, store } = fixture;
    const alerts = Array.from({ length: 9 }, (_, index) => alertOf(index));
    const long = [2, 5].map((index): Alert => ({ ...alertOf(index), id: incompressibleText(12_000 + index) }));
    await bus.publish('alerts', [...alerts.slice(0, 3), long[0] as Alert, ...alerts.slice(3), long[1] as Alert]);
    const pipeline = await openPipeline(fixture.options({ roles: new Set(['persist']) }));
    try {
      await eventually('the position has passed them', async () => (await position('alerts')) === 11);
    } finally {
      await pipeline.close();
    }
    expect((await store.alerts({ symbol: null, ...ALL })).map(({ id }) => id)).toEqual(alerts.map(({ id }) => id));
    const letters = await store.deadLetters(ALL);
    expect(new Set(letters.map((letter) => letter.position))).toEqual(new Set([3, 10]));
    expect(letters).toHaveLength(2);
    for (const { topic, reason, payload } of letters) {
      expect([topic, reason]).toEqual(['alerts', expect.stringMatching(/^the store cannot hold it: .*\(54000\)$/)]);
      expect(payload).toContain('"version":1,"id":"');
    }
  });

  it('leave exactly once what was stored before the store went away amid them', async () => {
    const { bus, store } = fixture;
    const trades = sampleTrades(8);
    const [unstorable, last] = [trades[4]?.id, trades[7]?.id];
    const writes: (readonly [number | null, number])[] = [];
    let cuts = 2;
    const persist = async (batch: PersistBatch): ReturnType<Store['persist']> => {
      const has = (id: string | undefined): boolean =>
        batch.trades.some(({ event }) => event.type === 'trade' && event.id === id);
      if (has(unstorable)) throw new TapedeckError('bad-message', 'bigint out of range (22003)');
      if (has(last) && batch.trades.length < 4 && cuts-- > 0) {
        throw new TapedeckError('connection-lost', 'gone', { retryable: true });
      }
      if (batch.position.topic === 'trades') writes.push([batch.expectedOffset, batch.nextOffset]);
      return store.persist(batch);
    };
    await bus.publish('trades', trades);
    const metrics = new CountedMetrics();
    const options = fixture.options({ roles: new Set(['persist']), store: withMethods(store, { persist }), metrics });
    const pipeline = await openPipeline(options);
    try {
      await eventually('the position has passed them', async () => (await position('trades')) === 8);
    } finally {
      await pipeline.close();
    }
    expect(cuts).toBeLessThan(0);
    expect(writes).toEqual([
      [null, 4],
      [4, 5],
      [5, 6],
      [6, 8],
    ]);
    const stored = await store.trades({ symbol: 'AAPL', ...ALL });
    expect(stored.map(({ id }) => id)).toEqual(trades.map(({ id }) => id).filter((id) => id !== unstorable));
    expect(metrics.counts.get('duplicates_total')).toBe(0);
    expect((await store.deadLetters(ALL)).map((letter) => [letter.topic, letter.position])).toEqual([['trades', 4]]);
  });
});
