import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../market/index.ts';
import { openPostgresStore } from '../../store/postgres-store.ts';
import type { Store } from '../../store/store.ts';
import { BASE_MS, candleOf, emptyBatch, positionOf, recordsOf, tradeOf } from '../store-rows.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { SET_BACK_MESSAGES, sabotage, unnoticedSabotage } from './sabotage-scenario.ts';
import { differentCandles, readOutcome, type StoredOutcome, watchPositions } from './stored-outcome.ts';

const dsn = process.env['TAPEDECK_TEST_POSTGRES'];
const SCHEMA = 'tapedeck_sabotage';
const COUNT = 3_000;
const BATCH = 100;
const MINUTE_MS = 60_000;
const TRADES = Array.from({ length: COUNT }, (_, index) => tradeOf(index));
const DISTINCT = new Map(
  TRADES.map(({ id, timeMs, nanosOfMs, price, size }) => [
    `trade AAPL ${id}`,
    `${String(BigInt(timeMs) * 1_000_000n + BigInt(nanosOfMs))} ${String(price)} ${String(size)}`,
  ]),
);

describe.skipIf(dsn === undefined)('the counting of a run (needs TAPEDECK_TEST_POSTGRES)', () => {
  const databases: TestDatabase[] = [];

  afterEach(async () => {
    for (const database of databases.splice(0)) await database.drop();
  });

  async function outcomeOf(prepare: (client: Client) => Promise<void>): Promise<StoredOutcome> {
    const database = await createTestDatabase(dsn ?? '');
    databases.push(database);
    const store = await openPostgresStore({ server: database.server, schema: SCHEMA, log: silentLog });
    const client = new Client({ connectionString: database.dsn });
    await client.connect();
    try {
      await watchPositions(client, SCHEMA);
      await prepare(client);
      await persistAll(store);
      return await readOutcome(client, SCHEMA, { events: TRADES, distinct: DISTINCT });
    } finally {
      await client.end();
      await store.close();
    }
  }

  it('finds nothing off where no promise is broken', async () => {
    const outcome = await outcomeOf(() => Promise.resolve());
    expect(outcome).toMatchObject({ stored: COUNT, lost: 0, duplicated: 0, deadLetters: COUNT });
  });

  it('notices every promise that the sabotage breaks', async () => {
    const right = await outcomeOf(() => Promise.resolve());
    const broken = await outcomeOf((client) => sabotage(client, SCHEMA));
    const candlesDifferent = differentCandles(right.candles, broken.candles);
    expect(broken.duplicated).toBe(SET_BACK_MESSAGES);
    expect(unnoticedSabotage({ ...broken, candlesDifferent }, COUNT)).toEqual([]);
    expect(unnoticedSabotage({ ...right, candlesDifferent: 0 }, COUNT)).toHaveLength(4);
  });
});

/** As a worker does: who finds the position elsewhere goes on from there. */
async function persistAll(store: Store): Promise<void> {
  let expected: number | null = null;
  for (let from = 0; from < COUNT;) {
    const trades = recordsOf(TRADES.slice(from, from + BATCH), from);
    const next = from + trades.length;
    const outcome = await store.persist({
      ...emptyBatch({ ...positionOf(0), topic: 'trades' }, expected, next),
      trades,
      candles: trades.map(({ offset }) => candleOf({ openTimeMs: BASE_MS + offset * MINUTE_MS, isClosed: true })),
      deadLetters: trades.map(({ offset }) => ({
        timeMs: BASE_MS,
        origin: 'bus',
        topic: 'trades',
        partition: 0,
        position: offset,
        reason: 'unreadable',
        payload: '?',
      })),
    });
    expected = outcome.kind === 'stored' ? next : outcome.storedOffset;
    from = expected ?? 0;
  }
}
