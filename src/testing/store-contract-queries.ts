import { beforeAll, describe, expect, it } from 'vitest';
import type { Candle } from '../market/index.ts';
import type { Store } from '../store/index.ts';
import { BASE_MS, alertOf, candleOf, emptyBatch, positionOf, recordsOf, tradeOf } from './store-rows.ts';

const MINUTE_MS = 60_000;

export function describeQueries(current: () => Store): void {
  describe('queries', () => {
    const minute = (index: number, changes: Partial<Candle> = {}): Candle =>
      candleOf({ symbol: 'QRY', openTimeMs: BASE_MS + index * MINUTE_MS, ...changes });
    const candles = Array.from({ length: 10 }, (_, index) => minute(index));
    const ask = { symbol: 'QRY', interval: '1m', source: null } as const;
    const minutesOf = (found: readonly Candle[]) => found.map((candle) => (candle.openTimeMs - BASE_MS) / MINUTE_MS);

    beforeAll(async () => {
      const trades = Array.from({ length: 10 }, (_, index) =>
        tradeOf(index, { symbol: 'QRY', timeMs: BASE_MS + index * 7_200_000 }),
      );
      const others = [minute(0, { symbol: 'ZZZ' }), minute(0, { interval: '5m' })];
      const alerts = [3, 1, 2].map((index) => alertOf(index, { symbol: 'QRY' }));
      await current().persist({
        ...emptyBatch(positionOf(0, 'queries'), null, 1),
        trades: recordsOf(trades),
        candles: [...candles, ...others],
        alerts,
      });
    });

    it('answers [from, to) ascending, from its start when there is a limit', async () => {
      const range = { fromMs: BASE_MS + 2 * MINUTE_MS, toMs: BASE_MS + 5 * MINUTE_MS };
      expect(minutesOf(await current().candles({ ...ask, ...range, limit: 100 }))).toEqual([2, 3, 4]);
      expect(minutesOf(await current().candles({ ...ask, ...range, limit: 2 }))).toEqual([2, 3]);
    });

    it('answers the latest when only a limit is given, ascending', async () => {
      expect(minutesOf(await current().candles({ ...ask, fromMs: null, toMs: null, limit: 3 }))).toEqual([7, 8, 9]);
      const before = { fromMs: null, toMs: BASE_MS + 5 * MINUTE_MS, limit: 2 };
      expect(minutesOf(await current().candles({ ...ask, ...before }))).toEqual([3, 4]);
      expect(minutesOf(await current().candles({ ...ask, ...before, source: 'mock' }))).toEqual([3, 4]);
    });

    it('answers the newest candle of each of some symbols, of the better source', async () => {
      const store = current();
      const last = minute(9, { symbol: 'NEW' });
      const bar = minute(9, { symbol: 'NEW', source: 'feed-bar', tradeCount: 9 });
      const rows = [minute(8, { symbol: 'NEW' }), last, bar, minute(10, { symbol: 'NEW', interval: '5m' })];
      await store.persist({ ...emptyBatch(positionOf(0, 'newest'), null, 1), candles: rows });
      const newest = (beforeMs: number) => store.newestCandles(['NEW', 'NONE', 'QRY'], '1m', beforeMs);
      const bySymbol = (found: readonly Candle[]) => found.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));
      expect(bySymbol(await newest(BASE_MS + 60 * MINUTE_MS))).toEqual([bar, minute(9)]);
      expect(bySymbol(await newest(BASE_MS + 9 * MINUTE_MS))).toEqual([rows[0], minute(8)]);
      expect(await newest(BASE_MS)).toEqual([]);
      expect(await store.newestCandles([], '1m', BASE_MS)).toEqual([]);
    });

    it('finds the latest prints however far back they lie', async () => {
      const trades = await current().trades({ symbol: 'QRY', fromMs: null, toMs: null, limit: 4 });
      expect(trades.map(({ id }) => id)).toEqual(['6', '7', '8', '9']);
      const earlier = { symbol: 'QRY', fromMs: null, toMs: BASE_MS + 3 * 7_200_000, limit: 2 };
      expect((await current().trades(earlier)).map(({ id }) => id)).toEqual(['1', '2']);
      expect(await current().trades({ ...earlier, symbol: 'NONE' })).toEqual([]);
    });

    it('leaves out a candle whose prints were all cancelled, and shows the bar of that minute', async () => {
      const store = current();
      const built = minute(0, { symbol: 'GONE' });
      const withdrawn = { ...built, revision: built.revision + 1, tradeCount: 0, volume: 0, vwap: null };
      const standing = minute(1, { symbol: 'GONE' });
      const bar = minute(0, { symbol: 'GONE', source: 'feed-bar', tradeCount: 0 });
      const gone = { symbol: 'GONE', interval: '1m', fromMs: null, toMs: null, limit: 10 } as const;
      await store.persist({ ...emptyBatch(positionOf(0, 'withdrawn'), null, 1), candles: [built, standing] });
      await store.persist({ ...emptyBatch(positionOf(1, 'withdrawn'), null, 1), candles: [withdrawn] });
      expect(await store.candles({ ...gone, source: null })).toEqual([standing]);
      expect(await store.candles({ ...gone, source: built.source })).toEqual([standing]);
      await store.persist({ ...emptyBatch(positionOf(2, 'withdrawn'), null, 1), candles: [bar] });
      expect(await store.candles({ ...gone, source: null })).toEqual([bar, standing]);
    });

    it('keeps the sources of one candle apart and merges to the one that saw more trades', async () => {
      const store = current();
      const bar = minute(3, { source: 'feed-bar', tradeCount: 5, close: 7 });
      const equal = minute(4, { source: 'feed-bar', close: 7 });
      await store.persist({ ...emptyBatch(positionOf(1, 'queries'), null, 1), candles: [bar, equal] });
      const range = { fromMs: BASE_MS + 3 * MINUTE_MS, toMs: BASE_MS + 5 * MINUTE_MS, limit: 10 };
      expect(await store.candles({ ...ask, ...range })).toEqual([bar, candles[4]]);
      expect(await store.candles({ ...ask, ...range, source: 'mock' })).toEqual(candles.slice(3, 5));
      expect(await store.candles({ ...ask, ...range, source: 'feed-bar' })).toEqual([bar, equal]);
      const latest = await store.candles({ ...ask, fromMs: null, toMs: BASE_MS + 5 * MINUTE_MS, limit: 2 });
      expect(latest).toEqual([bar, candles[4]]);
    });

    it('lists alerts by time, of one symbol or of all', async () => {
      const range = { fromMs: null, toMs: null, limit: 2 };
      expect((await current().alerts({ symbol: 'QRY', ...range })).map(({ id }) => id)).toEqual(['alert-2', 'alert-3']);
      const all = await current().alerts({ symbol: null, fromMs: BASE_MS, toMs: null, limit: 100 });
      expect(all.map(({ timeMs }) => timeMs)).toEqual(all.map(({ timeMs }) => timeMs).sort((a, b) => a - b));
    });

    it('lists the symbols that have candles', async () => {
      const symbols = await current().symbolsWithCandles();
      expect(symbols).toEqual([...new Set(symbols)].sort());
      expect(symbols).toEqual(expect.arrayContaining(['QRY', 'ZZZ']));
      expect(symbols).not.toContain('NONE');
    });
  });
}
