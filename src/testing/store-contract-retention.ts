import { describe, expect, it } from 'vitest';
import type { RetentionPolicy } from '../store/index.ts';
import type { StoreEngine } from './store-contract.ts';
import { BASE_MS, candleOf, emptyBatch, indicatorSetOf, positionOf, recordsOf, tradeOf } from './store-rows.ts';

const DAY_MS = 86_400_000;

/** What every store deletes, and what it keeps. */
export function describeRetention(current: () => StoreEngine): void {
  describe('retention', () => {
    const policy: RetentionPolicy = { tradesMs: 2 * DAY_MS, minuteCandlesMs: 730 * DAY_MS, maxBytes: null };
    const nowMs = BASE_MS + 1000 * DAY_MS;

    it('deletes prints after two days and minutes after two years, and keeps days for ever', async () => {
      const store = await current().open('tapedeck_retention');
      const trades = [0, 997, 999].map((day, index) => tradeOf(index, { timeMs: BASE_MS + day * DAY_MS }));
      const candles = [0, 999].flatMap((day) => [
        candleOf({ openTimeMs: BASE_MS + day * DAY_MS, interval: '1m' }),
        candleOf({ openTimeMs: BASE_MS + day * DAY_MS, interval: '1d' }),
      ]);
      const indicators = candles.map((candle) => indicatorSetOf(candle));
      await store.persist({ ...emptyBatch(positionOf(0), null, 1), trades: recordsOf(trades), candles, indicators });
      expect(await store.applyRetention(policy, nowMs)).toEqual({ deletedTrades: 2, deletedCandles: 1 });
      expect(await store.trades({ symbol: 'AAPL', fromMs: null, toMs: null, limit: 10 })).toHaveLength(1);
      const all = { symbol: 'AAPL', fromMs: null, toMs: null, limit: 10 };
      expect(await store.candles({ ...all, interval: '1m', source: null })).toHaveLength(1);
      expect(await store.candles({ ...all, interval: '1d', source: null })).toHaveLength(2);
      expect(await store.indicators({ ...all, interval: '1m' })).toHaveLength(1);
      expect(await store.applyRetention(policy, nowMs)).toEqual({ deletedTrades: 0, deletedCandles: 0 });
      await store.close();
    });

    it('keeps what is leased and claimed today, however far ahead the clock of the dataset is', async () => {
      const store = await current().open('tapedeck_ahead');
      const todayMs = Date.now();
      await store.renewSubscriptions('desk', ['AAPL'], todayMs + 60_000);
      await store.claimDelivery('alert', 'desktop', todayMs);
      await store.applyRetention(policy, todayMs + 1000 * DAY_MS);
      expect(await store.liveSubscriptions(todayMs)).toHaveLength(1);
      expect(await store.claimDelivery('alert', 'desktop', todayMs)).toBe(false);
      await store.close();
    });

    it('deletes the oldest minutes when there are no prints to delete, however many days lie before them', async () => {
      const store = await current().open('tapedeck_cap_minutes');
      const days = Array.from({ length: 20_000 }, (_, index) =>
        candleOf({
          symbol: `S${index % 40}`,
          interval: '1d',
          openTimeMs: BASE_MS - (500 - Math.floor(index / 40)) * DAY_MS,
        }),
      );
      const minutes = Array.from({ length: 20_000 }, (_, index) => candleOf({ openTimeMs: BASE_MS + index * 60_000 }));
      await store.persist({ ...emptyBatch(positionOf(0), null, 1), candles: [...days, ...minutes] });
      const sizeBytes = (await store.status()).sizeBytes ?? 0;
      const besideBytes = await current().bytesBeside('tapedeck_cap_minutes');
      const capped = { ...policy, maxBytes: besideBytes + sizeBytes - 3_500_000 };
      const { deletedCandles } = await store.applyRetention(capped, BASE_MS + 60_000);
      expect(deletedCandles).toBeGreaterThan(1_000);
      const all = { source: null, fromMs: null, toMs: null, limit: 100_000 };
      expect(await store.candles({ ...all, symbol: 'S0', interval: '1d' })).toHaveLength(500);
      const left = await store.candles({ ...all, symbol: 'AAPL', interval: '1m' });
      expect([left.length, left.at(-1)?.openTimeMs]).toEqual([20_000 - deletedCandles, minutes.at(-1)?.openTimeMs]);
      await store.close();
    });

    it('deletes the oldest prints when all that counts passes the cap, and no more once it holds', async () => {
      const store = await current().open('tapedeck_cap');
      const trades = Array.from({ length: 60_000 }, (_, index) => tradeOf(index, { timeMs: BASE_MS + index }));
      await store.persist({ ...emptyBatch(positionOf(0), null, 1), trades: recordsOf(trades) });
      const sizeBytes = (await store.status()).sizeBytes ?? 0;
      const besideBytes = await current().bytesBeside('tapedeck_cap');
      const capped = { ...policy, maxBytes: besideBytes + sizeBytes - 1_000_000 };
      const { deletedTrades } = await store.applyRetention(capped, BASE_MS + 60_000);
      expect(deletedTrades).toBeGreaterThan(0);
      const [latest] = await store.trades({ symbol: 'AAPL', fromMs: null, toMs: null, limit: 1 });
      expect(latest?.timeMs).toBe(BASE_MS + 59_999);
      expect(await store.applyRetention(capped, BASE_MS + 60_000)).toEqual({ deletedTrades: 0, deletedCandles: 0 });
      await store.close();
    });
  });
}
