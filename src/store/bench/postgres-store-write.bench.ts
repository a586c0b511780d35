import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../market/index.ts';
import type { Benchmark, BenchmarkResult } from '../../testing/benchmark.ts';
import { migrate } from '../migrate.ts';
import { PostgresDatabase } from '../postgres-database.ts';
import { migrationsDirectory } from '../sql-files.ts';
import { SqlStore } from '../sql-store.ts';
import { TRADE_COLUMNS } from '../trade-rows.ts';
import {
  copyStream,
  describeSpeeds,
  measureWrites,
  seededRandom,
  tradesOfRun,
} from '../../testing/store-write-load.ts';

const MIN_RATIO = 0.4;
const SEED = 20_260_713;
const SCHEMA = 'tapedeck_bench';

/** The store against the server reading the same rows from a file of its own machine, in one COPY, into the same table. */
export const postgresStoreWrite: Benchmark = {
  name: 'postgres-store-write',
  goal: `>= ${MIN_RATIO}x`,
  isMet: ({ ratio }) => ratio !== null && ratio >= MIN_RATIO,
  skipReason: () =>
    process.env['TAPEDECK_TEST_POSTGRES'] === undefined ? 'TAPEDECK_TEST_POSTGRES names no server' : null,
  run: async (): Promise<BenchmarkResult> => {
    const folder = await mkdtemp(join(tmpdir(), 'tapedeck-bench-'));
    const database = await PostgresDatabase.open({
      connection: { connectionString: process.env['TAPEDECK_TEST_POSTGRES'] },
      label: 'benchmark server',
      schema: SCHEMA,
      connections: 2,
      log: silentLog,
    });
    try {
      await database.run(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
      const store = await SqlStore.open(database, await migrate(database, migrationsDirectory(), silentLog));
      const random = seededRandom(SEED);
      const file = join(folder, 'trades.bin');
      await writeFile(file, copyStream(tradesOfRun(0, 0, random)));
      await chmod(folder, 0o755);
      const serverCopy = (): Promise<void> =>
        database.run(`COPY trades (${TRADE_COLUMNS}) FROM '${file}' WITH (FORMAT binary)`);
      const speeds = await measureWrites(database, store, serverCopy, random);
      const { rows } = await database.query<{ readonly fsync: string; readonly commit: string }>(
        `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
      );
      const value = Math.min(speeds.withoutRepeats, speeds.withRepeats);
      return {
        value,
        unit: 'rows/s',
        baseline: "the server's own COPY from a file",
        baselineValue: speeds.baseline,
        ratio: value / speeds.baseline,
        conditions: `${describeSpeeds(speeds)}; fsync ${rows[0]?.fsync}, synchronous_commit ${rows[0]?.commit}; server on the same machine`,
      };
    } finally {
      await database.run(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
      await database.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
