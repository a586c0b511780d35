import { describe, expect, it } from 'vitest';
import type { Store } from '../store/index.ts';
import type { StoreEngine } from './store-contract.ts';
import { BASE_MS } from './store-rows.ts';

const DAY_MS = 86_400_000;
const ALL_TIME = { fromMs: null, toMs: null };

/** What every store promises about the table of errors. */
export function describeErrors(current: () => Store, engine: () => StoreEngine): void {
  describe('errors', () => {
    it('counts repeated errors in one row', async () => {
      const store = current();
      for (let index = 0; index < 50; index++) {
        const outcome = index < 49 ? 'reconnected' : 'gave-up';
        await store.recordError(
          { scope: 'feed', code: 'timeout', message: 'no answer', outcome },
          BASE_MS + index * 10,
        );
      }
      await store.recordError({ scope: 'bus', code: 'closed', message: 'gone', outcome: 'retried' }, BASE_MS + 600);
      const [feed, bus] = await store.errors({ ...ALL_TIME, limit: 10 });
      expect(bus).toEqual({
        scope: 'bus',
        code: 'closed',
        message: 'gone',
        outcome: 'retried',
        firstMs: BASE_MS + 600,
        lastMs: BASE_MS + 600,
        count: 1,
      });
      expect(feed).toEqual({
        scope: 'feed',
        code: 'timeout',
        message: 'no answer',
        outcome: 'gave-up',
        firstMs: BASE_MS,
        lastMs: BASE_MS + 490,
        count: 50,
      });
    });

    it('finds the errors of a stretch of time by when they happened first and last', async () => {
      const store = current();
      const record = (message: string, timeMs: number) =>
        store.recordError({ scope: 'range', code: 'timeout', message, outcome: 'retried' }, timeMs);
      const fromMs = BASE_MS + DAY_MS;
      await record('long', fromMs - 5_000);
      await record('long', fromMs + 5_000);
      await record('before', fromMs - 1);
      await record('at the end', fromMs + 1_000);
      const found = await store.errors({ fromMs, toMs: fromMs + 1_000, limit: 10 });
      expect(found.map(({ message }) => message)).toEqual(['long']);
      const texts = async (range: Parameters<Store['errors']>[0]) =>
        (await store.errors(range)).map(({ message }) => message);
      expect(await texts({ fromMs, toMs: null, limit: 1 })).toEqual(['at the end']);
      expect(await texts({ fromMs: null, toMs: null, limit: 2 })).toEqual(['at the end', 'long']);
    });

    it('are kept for ninety days, the ten thousand kinds that came last', async () => {
      const schema = 'tapedeck_errors';
      await (await engine().open(schema)).close();
      await engine().tamper(
        schema,
        `INSERT INTO ${schema}.errors (scope, code, message, first_time, last_time, count)
         SELECT 'test', 'internal', kind::text, at, at, 1
         FROM (SELECT kind, timestamptz '2026-07-13 00:00Z' + kind * interval '1 second' AS at
           FROM generate_series(1, 10050) AS kind) AS kinds`,
      );
      const store = await engine().open(schema);
      const policy = { tradesMs: DAY_MS, minuteCandlesMs: DAY_MS, maxBytes: null };
      await store.applyRetention(policy, BASE_MS + DAY_MS);
      const kept = await store.errors({ ...ALL_TIME, limit: 20_000 });
      expect([kept.length, kept[0]?.message, kept.at(-1)?.message]).toEqual([10_000, '51', '10050']);
      await store.applyRetention(policy, BASE_MS + 100 * DAY_MS);
      expect(await store.errors({ ...ALL_TIME, limit: 10 })).toEqual([]);
      await store.close();
    });
  });
}
