import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TapedeckError } from '../../market/index.ts';
import type { Store } from '../../store/store.ts';
import { ScriptedFeed } from '../../testing/pipeline-feed.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { tradeStream } from '../../testing/pipeline-trades.ts';
import { openPipeline } from '../open-pipeline.ts';
import type { Pipeline, PipelineOptions } from '../pipeline.ts';

const START_MS = Date.UTC(2026, 6, 13, 14);
const EVENTS = tradeStream({
  seed: 3,
  symbols: ['AAPL'],
  startMs: START_MS,
  minutes: 2,
  tradesPerMinute: 30,
  repeated: 0,
  late: 0,
  corrected: 0,
  cancelled: 0,
  lateByMs: 0,
});
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
    const store = changed(fixture.store, {
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
});

/** The store with some of its methods replaced. */
function changed(store: Store, changes: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in changes ? changes : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
