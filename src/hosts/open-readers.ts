import type { Log } from '../market/index.ts';
import type { DataFolderLock } from '../store/index.ts';
import type { Config } from './config/config.ts';
import { DatasetReader } from './dataset-reader.ts';
import { listDatasets } from './list-datasets.ts';
import type { PipelineHost } from './pipeline-host.ts';
import { openStore } from './stack.ts';

export interface ReaderParts {
  readonly pipelineHost: Pick<PipelineHost, 'config' | 'store'>;
  /** Of the data folder; null as long as this host does not hold it. */
  readonly lock: () => DataFolderLock | null;
  readonly log: Log;
}

/** What a host reads besides the dataset that it runs. */
export interface Readers {
  /** Of the stack that the pipeline runs on. */
  readonly datasets: DatasetReader;
  /** Of the embedded store, whatever stack the pipeline runs on; null where this host does not hold its folder. */
  folder(): DatasetReader | null;
  /** To be called before a pipeline opens its store: an embedded database is open once at a time. */
  makeWayFor(stack: Config['stack']): Promise<void>;
  close(): Promise<void>;
}

export function openReaders({ pipelineHost, lock, log }: ReaderParts): Readers {
  const datasets = new DatasetReader({
    current: () => pipelineHost.config.dataset,
    currentStore: () => pipelineHost.store(),
    list: () => listDatasets(pipelineHost.config, log),
    open: (dataset) => openStore({ ...pipelineHost.config, dataset }, lock(), log),
  });
  const embedded = (): Config => ({ ...pipelineHost.config, stack: 'embedded' });
  const leftBehind = new DatasetReader({
    current: () => null,
    currentStore: () => pipelineHost.store(),
    list: () => listDatasets(embedded(), log),
    open: (dataset) => openStore({ ...embedded(), dataset }, lock(), log),
  });
  return {
    datasets,
    folder: () => {
      if (lock() === null) return null;
      return pipelineHost.config.stack === 'embedded' ? datasets : leftBehind;
    },
    makeWayFor: async (stack) => {
      await datasets.release();
      // A copy of what was left behind goes on beside a pipeline on servers.
      if (stack === 'embedded') await leftBehind.release();
    },
    close: async () => {
      await Promise.all([datasets.release(), leftBehind.release()]);
    },
  };
}
