import { describe, expect, it } from 'vitest';
import { FakeTime } from '../../testing/fake-time.ts';
import type { PipelineOptions } from '../pipeline.ts';
import { gapsByQuarter, MissingMinutes } from './missing-minutes.ts';

const START_MS = Date.UTC(2026, 10, 20, 15);
const minute = (symbol: string, index: number) => ({ symbol, openTimeMs: START_MS + index * 60_000 });

describe('minutes that have a bar of the feed and no candle', () => {
  it('become one gap for each symbol and quarter of an hour', () => {
    const minutes = [minute('AAPL', 0), minute('AAPL', 4), minute('AAPL', 14), minute('AAPL', 15), minute('MSFT', 15)];
    const gaps = gapsByQuarter(minutes).map(({ symbol, fromMs, toMs }) => [
      symbol,
      (fromMs - START_MS) / 60_000,
      (toMs - START_MS) / 60_000,
    ]);
    expect(gaps).toEqual([
      ['AAPL', 0, 15],
      ['AAPL', 15, 16],
      ['MSFT', 15, 16],
    ]);
  });

  it.each([0, 15])(
    'are looked for in quarters of an hour that have settled, %d minutes behind',
    async (delayMinutes) => {
      const time = new FakeTime(START_MS + (delayMinutes + 17) * 60_000);
      const asked: number[] = [];
      const store = {
        missingMinutes: ({ toMs }: { readonly toMs: number }) => {
          asked.push((toMs - START_MS) / 60_000);
          return Promise.resolve([]);
        },
      };
      const options = { store, clock: time } as unknown as PipelineOptions;
      const missing = new MissingMinutes({ options }, delayMinutes * 60_000);
      await missing.find(['AAPL']);
      time.advance(60_000);
      await missing.find(['AAPL']);
      expect(asked).toEqual([0, 15]);
    },
  );
});
