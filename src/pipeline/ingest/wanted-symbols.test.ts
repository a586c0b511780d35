import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../market/index.ts';
import { PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { chartClient } from '../chart-client.ts';
import { readWantedSymbols } from './wanted-symbols.ts';

const LEASE_MS = 60_000;

describe('the wanted symbols', () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(() => fixture.close());

  it('know what is on a chart, however high others rank it in their lists, and put it first', async () => {
    const { store } = fixture;
    const untilMs = systemClock.now() + LEASE_MS;
    await store.renewSubscriptions('host-1', ['AAPL', 'MSFT', 'NVDA'], untilMs);
    await store.renewSubscriptions(chartClient('host-1'), ['NVDA', 'AAPL'], untilMs);
    await store.renewSubscriptions('another', ['NVDA', 'AAPL'], untilMs);
    const wanted = await readWantedSymbols({
      options: fixture.options({ symbols: ['TSLA', 'AAPL'] }),
      sharedClock: systemClock,
    });
    expect(wanted).toEqual({ symbols: ['NVDA', 'AAPL', 'MSFT', 'TSLA'], charted: new Set(['NVDA', 'AAPL']) });
  });
});
