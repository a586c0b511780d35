import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CandleBuilder, createCandleBuilder, type RebuildRequest } from '../../analysis/index.ts';
import type { Candle, Trade } from '../../market/index.ts';
import { PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { emptyBatch, positionOf, recordsOf, tradeOf } from '../../testing/store-rows.ts';

const START_MS = Date.UTC(2026, 6, 13, 14);
const MINUTE_MS = 60_000;
/** More than the builder waits before it lets go of what nobody touches. */
const DRAINS = 100;
const OPTIONS = { allowedLatenessMs: 0, retainPrintsMs: 0, maxRetainedPrints: 1_000_000 };

/** Few instants and sequences, so that most prints tie with others; exchanges and ids in no order. */
const print = fc.record({
  secondOfMinute: fc.integer({ min: 0, max: 2 }),
  sequence: fc.constantFrom(null, 0, 1),
  exchange: fc.constantFrom('Z', 'A', 'M'),
  price: fc.integer({ min: 90, max: 110 }),
});
const stream = fc.record({
  prints: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 10_000 }), print), {
    minLength: 2,
    maxLength: 12,
    selector: ([id]) => id,
  }),
  lateShare: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('a rebuild', { timeout: 120_000 }, () => {
  let fixture: PipelineFixture;

  beforeAll(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterAll(async () => {
    await fixture.close();
  }, 60_000);

  function openBuilder(): CandleBuilder {
    return createCandleBuilder({ ...OPTIONS, calendarOf: () => 'always-open' });
  }

  /** Everything in memory, as if nothing had come late. */
  function liveCandles(trades: readonly Trade[]): readonly Candle[] {
    const builder = openBuilder();
    for (const trade of trades) builder.add(trade);
    builder.advanceTo(Infinity);
    return builder.drain().candles;
  }

  /** The last ones come when the minute has left memory; the store is asked for it. */
  async function rebuiltCandles(trades: readonly Trade[], lateFrom: number): Promise<readonly Candle[]> {
    const builder = openBuilder();
    for (const trade of trades.slice(0, lateFrom)) builder.add(trade);
    builder.drain();
    builder.advanceTo(START_MS + 72 * 60 * MINUTE_MS);
    const candles: Candle[] = [];
    const requests: RebuildRequest[] = [];
    const drain = (): void => {
      const changes = builder.drain();
      candles.push(...changes.candles);
      requests.push(...changes.rebuilds);
    };
    for (let count = 0; count < DRAINS; count++) drain();
    for (const trade of trades.slice(lateFrom)) expect(builder.add(trade)).toBe('deferred');
    for (let count = 0; count < DRAINS; count++) drain();
    expect(requests).toHaveLength(1);
    for (const request of requests) {
      for await (const { events } of fixture.store.tradeEventsIn([request.symbol], request.fromMs, request.toMs)) {
        expect(builder.applyRebuild(request, events, [])).toBe('rebuilt');
      }
    }
    drain();
    return candles;
  }

  it('gives the candle that was built live, whichever prints share an instant', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(stream, async ({ prints, lateShare }) => {
        const symbol = `T${String(run)}`;
        const trades = prints.map(([id, { secondOfMinute, ...rest }]) =>
          tradeOf(0, { ...rest, symbol, id: String(id), timeMs: START_MS + secondOfMinute * 1_000, conditions: [] }),
        );
        await fixture.store.persist({
          ...emptyBatch(positionOf(run++, 'ties'), null, trades.length),
          trades: recordsOf(trades),
        });
        const lateFrom = 1 + Math.floor(lateShare * (trades.length - 1.001));
        const rebuilt = await rebuiltCandles(trades, lateFrom);
        for (const candle of liveCandles(trades)) {
          expect(rebuilt.findLast((other) => isSameBucket(other, candle))).toEqual(candle);
        }
      }),
      { numRuns: 150 },
    );
  });
});

function isSameBucket(a: Candle, b: Candle): boolean {
  return a.interval === b.interval && a.openTimeMs === b.openTimeMs;
}
