import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../market/index.ts';
import type { Benchmark, BenchmarkResult } from '../../testing/benchmark.ts';
import { ensureEmbeddedFolder } from '../embedded-folder.ts';
import { migrate } from '../migrate.ts';
import { PgliteDatabase } from '../pglite-database.ts';
import { migrationsDirectory, preparedDatabaseFile } from '../sql-files.ts';
import { SqlStore } from '../sql-store.ts';
import { TRADE_COLUMNS } from '../trade-rows.ts';
import {
  ROWS_PER_BATCH,
  copyStream,
  describeSpeeds,
  measureWrites,
  seededRandom,
  tradesOfRun,
} from '../../testing/store-write-load.ts';

const MIN_RATIO = 0.5;
const SEED = 20_260_713;

/** The store against a bare COPY of the same rows, encoded beforehand, into the same table of the same engine. */
export const embeddedStoreWrite: Benchmark = {
  name: 'embedded-store-write',
  goal: `>= ${MIN_RATIO}x`,
  isMet: ({ ratio }) => ratio !== null && ratio >= MIN_RATIO,
  skipReason: () => null,
  run: async (): Promise<BenchmarkResult> => {
    const folder = await mkdtemp(join(tmpdir(), 'tapedeck-bench-'));
    try {
      const directory = join(folder, 'database');
      await ensureEmbeddedFolder(directory, preparedDatabaseFile(), silentLog);
      const database = await PgliteDatabase.open({ directory, schema: 'tapedeck', upkeep: [], log: silentLog });
      const store = await SqlStore.open(database, await migrate(database, migrationsDirectory(), silentLog));
      const random = seededRandom(SEED);
      const trades = tradesOfRun(0, 0, random);
      const streams = Array.from({ length: trades.length / ROWS_PER_BATCH }, (_, index) =>
        copyStream(trades.slice(index * ROWS_PER_BATCH, (index + 1) * ROWS_PER_BATCH)),
      );
      const bareCopy = async (): Promise<void> => {
        for (const stream of streams) await database.copyIn(`trades (${TRADE_COLUMNS})`, stream);
      };
      const speeds = await measureWrites(database, store, bareCopy, random);
      await store.close();
      const value = Math.min(speeds.withoutRepeats, speeds.withRepeats);
      return {
        value,
        unit: 'rows/s',
        baseline: 'bare COPY binary into the same engine',
        baselineValue: speeds.baseline,
        ratio: value / speeds.baseline,
        conditions: `${describeSpeeds(speeds)}; the engine has no fsync`,
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
