import { describe, expect, it } from 'vitest';
import { type Trade, UNTOUCHED_BACKFILL } from '../market/index.ts';
import type { Store } from '../store/index.ts';
import { BASE_MS, candleOf, emptyBatch, positionOf, recordsOf, tradeOf } from './store-rows.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HOUR_START_MS = Math.floor(BASE_MS / HOUR_MS) * HOUR_MS;

/** What a store says about the quality of what it holds. */
export function describeQuality(current: () => Store): void {
  describe('data quality', () => {
    const countsOf = (symbol: string) =>
      current().arrivalCounts({ symbols: [symbol], fromMs: HOUR_START_MS, toMs: HOUR_START_MS + 24 * HOUR_MS });

    it('counts repeats and late prints by symbol and hour, once, whether or not it remembers the repeated ones', async () => {
      const store = current();
      const position = positionOf(40, 'quality-arrival');
      const prompt = Array.from({ length: 20 }, (_, index) => tradeOf(index, { symbol: 'QUA' }));
      const late = Array.from({ length: 5 }, (_, index) =>
        tradeOf(100 + index, { symbol: 'QUA', receivedMs: BASE_MS + MINUTE_MS + 2_000 }),
      );
      const nextHour = HOUR_START_MS + HOUR_MS;
      const later = tradeOf(0, { symbol: 'QUA', id: 'n', timeMs: nextHour, receivedMs: nextHour + 61_999 });
      const repeats = [...prompt.slice(0, 4), ...late.slice(0, 2), later];
      await store.persist({
        ...emptyBatch(position, null, 1),
        trades: recordsOf([...prompt, ...late, later, ...repeats]),
      });
      const once = [
        { symbol: 'QUA', hourMs: HOUR_START_MS, duplicates: 6, lateTrades: 5 },
        { symbol: 'QUA', hourMs: nextHour, duplicates: 1, lateTrades: 0 },
      ];
      expect(await countsOf('QUA')).toEqual(once);
      const again = { ...emptyBatch(position, null, 1), trades: recordsOf([...prompt, ...late, later]) };
      expect(await store.persist(again)).toMatchObject({ kind: 'conflict' });
      expect(await countsOf('QUA')).toEqual(once);
      await store.persist({ ...emptyBatch(position, 1, 2), trades: recordsOf(late) });
      expect(await countsOf('QUA')).toEqual([{ ...once[0], duplicates: 11 }, once[1]]);
    });

    it('takes no time of receipt of a replay for lateness', async () => {
      const trade: Trade = tradeOf(1, { symbol: 'QUR', source: 'replay', receivedMs: BASE_MS + HOUR_MS });
      await current().persist({ ...emptyBatch(positionOf(41, 'quality-replay'), null, 1), trades: recordsOf([trade]) });
      expect(await countsOf('QUR')).toEqual([]);
    });

    it('takes no delay that a provider holds to by contract for lateness', async () => {
      const delayed = { symbol: 'QUD', provider: 'alpaca-delayed' };
      const prompt = tradeOf(1, { ...delayed, receivedMs: BASE_MS + 15 * MINUTE_MS });
      const late = tradeOf(2, { ...delayed, receivedMs: BASE_MS + 17 * MINUTE_MS });
      const trades = recordsOf([prompt, late, prompt]);
      await current().persist({ ...emptyBatch(positionOf(44, 'quality-delayed'), null, 1), trades });
      const counts = { symbol: 'QUD', hourMs: HOUR_START_MS, duplicates: 1, lateTrades: 1 };
      expect(await countsOf('QUD')).toEqual([counts]);
    });

    it('tells of closed minutes what was built, backfilled, missing, revised, and what the feed’s bars say otherwise', async () => {
      const store = current();
      const position = positionOf(42, 'quality-minutes');
      const minute = (index: number, changes: Parameters<typeof candleOf>[0] = {}) =>
        candleOf({ symbol: 'QUM', openTimeMs: BASE_MS + index * MINUTE_MS, isClosed: true, ...changes });
      const candles = [
        minute(0),
        minute(0, { source: 'feed-bar' }),
        minute(1),
        minute(1, { source: 'feed-bar', high: 103, volume: 1 }),
        minute(2, { source: 'feed-bar' }),
        minute(3, { source: 'backfill', tradeCount: 0 }),
        minute(3, { source: 'feed-bar' }),
        minute(4, { source: 'live', tradeCount: 0, revision: 9 }),
        minute(5, { isClosed: false }),
        minute(5, { interval: '5m' }),
      ];
      await store.persist({ ...emptyBatch(position, null, 1), candles });
      // The same again says nothing new; a higher revision of a closed candle does.
      await store.persist({ ...emptyBatch(position, 1, 2), candles: [minute(0), minute(1, { revision: 4 })] });
      const stretch = { symbols: ['QUM'], fromMs: BASE_MS, toMs: BASE_MS + 10 * MINUTE_MS };
      expect(await store.minuteCounts(stretch)).toEqual([
        {
          symbol: 'QUM',
          coveredMinutes: 4,
          trades: 6,
          backfilledMinutes: 1,
          missingMinutes: 1,
          revisedCandles: 1,
          barsCompared: 2,
          barsDiffering: 1,
        },
      ]);
      for (const end of ['first', 'latest'] as const) {
        expect(await store.barDifferences({ ...stretch, symbols: null }, 10, end)).toEqual([
          { built: minute(1, { revision: 4 }), feed: minute(1, { source: 'feed-bar', high: 103, volume: 1 }) },
        ]);
      }
      expect(await store.missingMinutes(stretch)).toEqual([{ symbol: 'QUM', openTimeMs: BASE_MS + 2 * MINUTE_MS }]);
      const afterBuilt = { ...stretch, fromMs: BASE_MS + 2 * MINUTE_MS };
      expect(await store.missingMinutes(afterBuilt)).toEqual([]);
      expect(await store.newestTime('candle', ['QUM', 'NONE'])).toBe(BASE_MS + 6 * MINUTE_MS);
      expect(await store.newestTime('candle', ['NONE'])).toBeNull();
    });

    it('tells the time of the newest print of some symbols', async () => {
      const store = current();
      const trades = recordsOf([tradeOf(1, { symbol: 'QUN' }), tradeOf(9, { symbol: 'QUN' }), tradeOf(20)]);
      await store.persist({ ...emptyBatch(positionOf(43, 'quality-newest'), null, 1), trades });
      expect(Math.floor((await store.newestTime('trade', ['QUN', 'NONE'])) ?? 0)).toBe(BASE_MS + 9);
      expect(await store.newestTime('trade', ['NONE'])).toBeNull();
    });

    it('hands out the gaps that wait for a repair, those asked for first, and finds gaps by reason and state', async () => {
      const store = current();
      const gap = (id: string, index: number) =>
        ({
          id,
          symbol: 'QUG',
          reason: 'overflow',
          fromMs: BASE_MS + index,
          toMs: BASE_MS + index + 1,
          lostCount: 7,
          detail: '',
          backfilledMs: null,
        }) as const;
      for (const [index, id] of ['old', 'young', 'asked', 'done', 'impossible'].entries()) {
        await store.saveGap(gap(`quality-${id}`, index));
      }
      const at = { ...UNTOUCHED_BACKFILL, attempts: 2, nextAttemptMs: BASE_MS, symbolsDone: 1, symbolsTotal: 3 };
      await store.setBackfill('quality-asked', { ...at, state: 'queued' }, BASE_MS);
      await store.setBackfill('quality-done', { ...at, state: 'done', bars: 9 }, BASE_MS + 5);
      await store.setBackfill('quality-impossible', { ...at, state: 'impossible', note: 'no key' }, BASE_MS);
      expect(await store.setBackfill('quality-none', at, BASE_MS)).toBe(false);
      const pending = (await store.pendingGaps(1_000)).filter(({ symbol }) => symbol === 'QUG');
      expect(pending.map(({ id }) => id)).toEqual(['quality-asked', 'quality-young', 'quality-old']);
      expect((await store.pendingGaps(1))[0]?.id).toBe('quality-asked');
      const query = { symbol: 'QUG', fromMs: null, toMs: null, limit: 10 };
      const states = async (filter: Partial<Parameters<Store['gaps']>[0]>) =>
        (await store.gaps({ ...query, ...filter })).map(({ id }) => id);
      expect(await states({ state: 'impossible' })).toEqual(['quality-impossible']);
      expect(await states({ reason: 'disconnect', state: 'impossible' })).toEqual([]);
      expect(await store.gap('quality-done')).toEqual({
        ...gap('quality-done', 3),
        backfilledMs: BASE_MS + 5,
        backfill: { ...at, state: 'done', bars: 9 },
      });
      expect(await store.gap('quality-none')).toBeNull();
      await store.setBackfill('quality-done', { ...at, state: 'queued' }, BASE_MS);
      expect((await store.gap('quality-done'))?.backfilledMs).toBeNull();
    });
  });
}
