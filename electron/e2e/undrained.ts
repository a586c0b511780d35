import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openInProcessLog } from '../../src/bus/index.ts';
import { datasetSchema, silentLog, systemClock } from '../../src/market/index.ts';
import { PERSIST_CONSUMER, PERSISTED_TOPICS } from '../../src/pipeline/persist/persist-role.ts';
import { positionKey } from '../../src/pipeline/positions.ts';
import { acquireDataFolderLock, openEmbeddedStore } from '../../src/store/index.ts';

export interface Remains {
  /** Whether the folder was left locked. */
  readonly isLocked: boolean;
  readonly publishedTrades: number;
  /** `topic: stored position of end`, where the store is behind the bus. */
  readonly unstored: readonly string[];
}

/** Looks into a data folder that the app has left: what of the mock market was published there but not stored? */
export async function undrained(dataDir: string): Promise<Remains> {
  const isLocked = existsSync(join(dataDir, 'tapedeck.lock'));
  const lock = await acquireDataFolderLock(dataDir, Date.now());
  const folder = join(dataDir, 'datasets', 'mock');
  const bus = await openInProcessLog({ directory: join(folder, 'log'), clock: systemClock, log: silentLog });
  const schema = datasetSchema('mock');
  const store = await openEmbeddedStore({ lock, directory: join(folder, 'database'), schema, log: silentLog });
  const unstored: string[] = [];
  for (const topic of PERSISTED_TOPICS) {
    for (const [partition, end] of (await bus.endOffsets(topic)).entries()) {
      const position = (await store.position(positionKey(bus, PERSIST_CONSUMER, { topic, partition }))) ?? 0;
      if (position < end) unstored.push(`${topic}: ${position} of ${end}`);
    }
  }
  const publishedTrades = (await bus.endOffsets('trades')).reduce((sum, end) => sum + end, 0);
  await store.close();
  await bus.close();
  await lock.release();
  return { isLocked, publishedTrades, unstored };
}
