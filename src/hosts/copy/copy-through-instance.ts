import { createInterface } from 'node:readline';
import { TapedeckError } from '../../market/index.ts';
import type { CopiedTableSummary, CopyProgress } from '../../store/index.ts';
import { postToInstance } from '../running-instance.ts';
import type { RunningInstance } from '../running-instance.ts';
import { ProblemError } from '../web/rest/problem.ts';
import type { Problem } from '../web/rest/problem.ts';
import type { CopyWithServer } from './copy-with-server.ts';

/** One line of the answer. */
export type CopyLine =
  | { readonly progress: CopyProgress }
  | { readonly summaries: readonly CopiedTableSummary[] }
  | { readonly problem: Problem };

/** Kept out of the OpenAPI document: only the command of this same version asks for it, and its lines change with both. */
export const COPY_PATH = '/copy';

/** Has the instance that holds the data folder do the copy, and tells of it as if it were done here. */
export async function copyThroughInstance(
  instance: RunningInstance,
  { direction, dataset, dsn, onProgress, signal }: CopyWithServer,
): Promise<readonly CopiedTableSummary[]> {
  const response = await postToInstance(instance, COPY_PATH, { direction, dataset, dsn }, signal);
  for await (const text of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (response.statusCode !== 200) throw new ProblemError(JSON.parse(text) as Problem);
    const line = JSON.parse(text) as CopyLine;
    if ('summaries' in line) return line.summaries;
    if ('problem' in line) throw new ProblemError(line.problem);
    onProgress(line.progress);
  }
  throw new TapedeckError(
    'connection-lost',
    `the running TapeDeck at ${instance.url} ended before the copy did; start it again`,
  );
}
