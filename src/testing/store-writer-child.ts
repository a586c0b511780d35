import { silentLog } from '../market/index.ts';
import { acquireDataFolderLock, openEmbeddedStore } from '../store/index.ts';
import { candleOf, emptyBatch, positionOf, recordsOf, tradeOf } from './store-rows.ts';

export const ROWS_PER_BATCH = 200;

/** Writes batch after batch into `FOLDER/database` and prints each position once it is acknowledged, until it is killed. */
async function writeForEver(folder: string): Promise<never> {
  const lock = await acquireDataFolderLock(folder, Date.now());
  const store = await openEmbeddedStore({ lock, directory: `${folder}/database`, schema: 'tapedeck', log: silentLog });
  for (let expected = await store.position(positionOf(0)); ;) {
    const start = expected ?? 0;
    const next = start + ROWS_PER_BATCH;
    const outcome = await store.persist({
      ...emptyBatch(positionOf(0), expected, next),
      trades: recordsOf(
        Array.from({ length: ROWS_PER_BATCH }, (_, index) => tradeOf(start + index)),
        start,
      ),
      candles: [candleOf({ revision: next, tradeCount: next })],
    });
    if (outcome.kind !== 'stored' || outcome.newTrades !== ROWS_PER_BATCH) throw new Error(JSON.stringify(outcome));
    process.stdout.write(`${next}\n`);
    expected = next;
  }
}

const folder = process.argv[2];
if (folder !== undefined) await writeForEver(folder);
