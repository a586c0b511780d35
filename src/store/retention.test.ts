import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PREPARED_DATABASE_FILE, prepareEmbeddedDatabase } from '../../scripts/prepare-embedded-database.ts';
import { silentLog } from '../market/index.ts';
import { BASE_MS, emptyBatch, positionOf, recordsOf, tradeOf } from '../testing/store-rows.ts';
import { acquireDataFolderLock, openEmbeddedStore } from './index.ts';
import { PgliteDatabase } from './pglite-database.ts';

const DAY_MS = 86_400_000;

it('deletes no young row of a table that another process has divided meanwhile', { timeout: 60_000 }, async () => {
  await prepareEmbeddedDatabase(PREPARED_DATABASE_FILE);
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-retention-'));
  const lock = await acquireDataFolderLock(folder, 0);
  const schema = 'tapedeck';
  const place = { directory: join(folder, 'store'), schema, log: silentLog };
  try {
    const first = await openEmbeddedStore({ lock, ...place });
    await first.persist({ ...emptyBatch(positionOf(0), null, 1), trades: recordsOf([tradeOf(0)]) });
    await first.close();
    // As the chunks of a hypertable, each part counts its rows' addresses from the beginning.
    const database = await PgliteDatabase.open({ ...place, upkeep: [] });
    await database.run(`CREATE TABLE ${schema}.young () INHERITS (${schema}.trades);
      INSERT INTO ${schema}.young SELECT time + interval '3 days', time_ns, symbol, exchange, id, price, size, tape, conditions,
        sequence, source, provider, received, bus_offset FROM ${schema}.trades`);
    await database.close();

    const store = await openEmbeddedStore({ lock, ...place });
    const policy = { tradesMs: 2 * DAY_MS, minuteCandlesMs: DAY_MS, maxBytes: null };
    expect(await store.applyRetention(policy, BASE_MS + 3 * DAY_MS)).toMatchObject({ deletedTrades: 1 });
    const { length } = await store.trades({ symbol: 'AAPL', fromMs: null, toMs: null, limit: 10 });
    expect(length).toBe(1);
    await store.close();
  } finally {
    await lock.release();
    await rm(folder, { recursive: true, force: true });
  }
});
