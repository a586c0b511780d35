import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { TapedeckError, fileError, systemClock } from '../../market/index.ts';
import type { DatasetName, Log } from '../../market/index.ts';
import { acquireDataFolderLock } from '../../store/index.ts';
import type { Config } from '../config/config.ts';
import { chooseDataset } from '../list-datasets.ts';
import { findInstance, requireToken } from '../running-instance.ts';
import type { RunningInstance } from '../running-instance.ts';
import { settingsPath } from '../settings/conf-settings-store.ts';
import { readSavedWatchlists } from '../settings/settings-content.ts';
import { lastDataset, openStore } from '../stack.ts';
import type { Row } from '../web/rest/resource.ts';
import type { ExportRequest } from './export-request.ts';
import { exportRows, httpPages, storePages, tableRow } from './row-source.ts';
import type { FetchPage } from './row-source.ts';
import { openRowWriter } from './row-writer.ts';
import type { WriteBytes } from './row-writer.ts';
import { streamWriter } from './stream-writer.ts';

export interface RunExportOptions {
  readonly config: Config;
  readonly request: ExportRequest;
  readonly standardOutput: Writable;
  readonly log: Log;
  /** Aborts when the process is asked to stop. */
  readonly stop: AbortSignal;
}

/** Writes the rows of a request and answers how many. A file appears whole or not at all. Rejects with `closed` when stopped. */
export async function runExport({ config, request, standardOutput, log, stop }: RunExportOptions): Promise<number> {
  const source = await openSource(config, log);
  const writeAll = (write: WriteBytes): Promise<number> =>
    writeRows(request, exportRows(request, source.fetchPage, stop), write);
  try {
    if (request.outFile === null) return await writeAll(streamWriter(standardOutput));
    return await writeFileWhole(request.outFile, writeAll);
  } finally {
    await source.close();
  }
}

async function writeRows(
  { format, table }: ExportRequest,
  pages: AsyncIterable<readonly Row[]>,
  write: WriteBytes,
): Promise<number> {
  const writer = openRowWriter(format, tableRow(table), write);
  let count = 0;
  for await (const rows of pages) {
    await writer.write(rows);
    count += rows.length;
  }
  await writer.finish();
  return count;
}

async function writeFileWhole(path: string, work: (write: WriteBytes) => Promise<number>): Promise<number> {
  const draft = `${path}.part-${process.pid}`;
  const file = createWriteStream(draft);
  try {
    await once(file, 'open');
    const count = await work(streamWriter(file));
    file.end();
    await finished(file);
    await rename(draft, path);
    return count;
  } catch (error) {
    file.destroy();
    await rm(draft, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      const message = `${path} cannot be written: there is no folder ${dirname(path)}`;
      throw new TapedeckError('not-found', message, {
        userMessage: `${message}. Make it, or name another file with --out.`,
        cause: error,
      });
    }
    throw fileError(error, path);
  }
}

interface Source {
  readonly fetchPage: FetchPage;
  close(): Promise<void>;
}

/** A running web host, the instance that holds the data folder, or the store itself. */
async function openSource(config: Config, log: Log): Promise<Source> {
  const dataset = config.wasDatasetAsked ? config.dataset : null;
  if (config.attachUrl !== null) {
    return throughInstance({ url: config.attachUrl, token: requireToken(config.attachUrl, config.web.token) }, dataset);
  }
  if (config.stack !== 'embedded') {
    const chosen = await chooseDataset(config, { last: null, holds: 'The database holds' }, log);
    return fromStore({ ...config, dataset: chosen }, null, log);
  }
  const instance = await findInstance(config);
  return instance === null ? fromFolder(config, log) : throughInstance(instance, dataset);
}

function throughInstance({ url, token }: RunningInstance, dataset: DatasetName | null): Source {
  return { fetchPage: httpPages(url, token, dataset), close: () => Promise.resolve() };
}

async function fromFolder(asked: Config, log: Log): Promise<Source> {
  const last = await lastDataset(asked.dataDir);
  const config = { ...asked, dataset: await chooseDataset(asked, { last, holds: `${asked.dataDir} holds` }, log) };
  const lock = await acquireDataFolderLock(config.dataDir, Date.now());
  try {
    const source = await fromStore(config, lock, log);
    return {
      fetchPage: source.fetchPage,
      close: async () => {
        await source.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function fromStore(config: Config, lock: Parameters<typeof openStore>[1], log: Log): Promise<Source> {
  const store = await openStore(config, lock, log);
  const watchlists = readSavedWatchlists(settingsPath(config.configDir));
  return { fetchPage: storePages({ store, config, watchlists, clock: systemClock }), close: () => store.close() };
}
