import { datasetSchema, silentLog } from '../../market/index.ts';
import type { DatasetName } from '../../market/index.ts';
import { copyStore, parsePostgresDsn } from '../../store/index.ts';
import type { CopiedTableSummary, CopyProgress } from '../../store/index.ts';
import type { QueryStore } from '../../store/store.ts';
import type { CopyDirection } from './copy-request.ts';

export interface CopyWithServer {
  readonly direction: CopyDirection;
  readonly dataset: DatasetName;
  /** Of the server; holds its password. */
  readonly dsn: string;
  readonly onProgress: (progress: CopyProgress) => void;
  readonly signal: AbortSignal;
}

/** Copies between the open store of a data folder and a server. Rejects as `openPostgresStore` and `copyStore`. */
export async function copyWithServer(
  folderStore: Pick<QueryStore, 'end'>,
  { direction, dataset, dsn, onProgress, signal }: CopyWithServer,
): Promise<readonly CopiedTableSummary[]> {
  const { openPostgresStore } = await import('../../store/postgres-store.ts');
  const schema = datasetSchema(dataset);
  const server = await openPostgresStore({ server: parsePostgresDsn(dsn), schema, connections: 2, log: silentLog });
  try {
    const [source, target] = direction === 'out-of-folder' ? [folderStore, server] : [server, folderStore];
    return await copyStore({ source: source.end, target: target.end, onProgress, signal });
  } finally {
    await server.close();
  }
}
