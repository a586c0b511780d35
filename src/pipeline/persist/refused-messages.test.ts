import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { Bus, ConsumeRequest } from '../../bus/bus.ts';
import { TapedeckError } from '../../market/index.ts';
import type { PersistBatch, Store } from '../../store/store.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { withMethods } from '../../testing/with-methods.ts';
import { openPipeline } from '../open-pipeline.ts';
import type { Pipeline } from '../pipeline.ts';

const bad = { offset: 4, reason: 'bidPrice must be a number', payload: '{"bidPrice":"?"}' };
const batch = {
  topic: 'quotes',
  partition: 0,
  records: [],
  badRecords: [bad],
  firstOffset: 0,
  nextOffset: 5,
} as const;
const ALL = { fromMs: null, toMs: null, limit: 10 };

describe('messages that nobody can read, on topics that are not stored', { timeout: 60_000 }, () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(() => fixture.close());

  let consume: MockInstance<Bus['consume']>;

  function open(store: Store): Promise<Pipeline> {
    Object.defineProperty(fixture.bus, 'isShared', { value: true });
    consume = vi.spyOn(fixture.bus, 'consume');
    return openPipeline(fixture.options({ roles: new Set(['persist']), store }));
  }

  function requestOfReader(): ConsumeRequest {
    const request = consume.mock.calls.map(([asked]) => asked).find(({ group }) => group === 'refused');
    if (request === undefined) throw new Error('nobody reads them');
    return request;
  }

  it('are on the bus once as dead letters, however often their batch is tried while the store is away', async () => {
    let failures = 3;
    const persist = (batch: PersistBatch): ReturnType<Store['persist']> =>
      batch.position.consumer === 'refused' && failures-- > 0
        ? Promise.reject(new TapedeckError('connection-lost', 'gone', { retryable: true }))
        : fixture.store.persist(batch);
    const publish = vi.spyOn(fixture.bus, 'publish');
    const pipeline = await open(withMethods(fixture.store, { persist }));
    try {
      const { onBatch } = requestOfReader();
      for (let attempt = 0; attempt < 2; attempt++) await expect(onBatch(batch)).rejects.toThrow('gone');
      const longer = { ...batch, badRecords: [bad, { ...bad, offset: 6 }], nextOffset: 7 };
      await expect(onBatch(longer)).rejects.toThrow('gone');
      expect(await onBatch(longer)).toEqual({ kind: 'done' });
      const again = { ...batch, badRecords: [{ ...bad, offset: 7 }], firstOffset: 7, nextOffset: 8 };
      expect(await onBatch(again)).toEqual({ kind: 'done' });
      const letters = publish.mock.calls.flatMap(([topic, events]) => (topic === 'dead-letters' ? events : []));
      expect(letters).toMatchObject([{ position: 4 }, { position: 6 }, { position: 7 }]);
    } finally {
      await pipeline.close();
    }
  });

  it('become dead letters once on a bus that others write to', async () => {
    const { store } = fixture;
    const pipeline = await open(store);
    try {
      const request = requestOfReader();
      expect(request.topics).toEqual(['quotes', 'statuses', 'control']);
      expect(await request.onBatch(batch)).toEqual({ kind: 'done' });
      expect(await request.loadPosition({ topic: 'quotes', partition: 0 })).toBe(5);
      await request.onBatch({ ...batch, firstOffset: 3 });
      await eventually('both are read', async () => pipeline.status().deadLetters === 2);
      const letters = await store.deadLetters(ALL);
      expect(letters.map(({ topic, position, payload }) => [topic, position, payload])).toEqual([
        ['quotes', 4, '{"bidPrice":"?"}'],
      ]);
    } finally {
      await pipeline.close();
    }
  });
});
