import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConsumeRequest } from '../../bus/bus.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { openPipeline } from '../open-pipeline.ts';

const ALL = { fromMs: null, toMs: null, limit: 10 };

describe('messages that nobody can read, on topics that are not stored', { timeout: 60_000 }, () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(() => fixture.close());

  it('become dead letters once on a bus that others write to', async () => {
    const { bus, store } = fixture;
    Object.defineProperty(bus, 'isShared', { value: true });
    const consume = vi.spyOn(bus, 'consume');
    const pipeline = await openPipeline(fixture.options({ roles: new Set(['persist']) }));
    try {
      const request = consume.mock.calls
        .map(([asked]): ConsumeRequest => asked)
        .find(({ group }) => group === 'refused');
      if (request === undefined) throw new Error('nobody reads them');
      expect(request.topics).toEqual(['quotes', 'statuses', 'control']);
      const bad = { offset: 4, reason: 'bidPrice must be a number', payload: '{"bidPrice":"?"}' };
      const batch = {
        topic: 'quotes',
        partition: 0,
        records: [],
        badRecords: [bad],
        firstOffset: 0,
        nextOffset: 5,
      } as const;
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
