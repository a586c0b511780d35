import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestSecure } from 'node:https';
import { createInterface } from 'node:readline';
import { TapedeckError } from '../../market/index.ts';
import type { CopiedTableSummary, CopyProgress } from '../../store/index.ts';
import { isLoopbackHost } from '../config/value-parser.ts';
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
  url: string,
  token: string,
  { direction, dataset, dsn, onProgress, signal }: CopyWithServer,
): Promise<readonly CopiedTableSummary[]> {
  const response = await post(
    new URL(COPY_PATH, url),
    token,
    JSON.stringify({ direction, dataset, dsn }),
    signal,
  ).catch((error: unknown) => {
    throw new TapedeckError('connection-lost', `the running TapeDeck at ${url} does not answer`, { cause: error });
  });
  for await (const text of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (response.statusCode !== 200) throw new ProblemError(JSON.parse(text) as Problem);
    const line = JSON.parse(text) as CopyLine;
    if ('summaries' in line) return line.summaries;
    if ('problem' in line) throw new ProblemError(line.problem);
    onProgress(line.progress);
  }
  throw new TapedeckError(
    'connection-lost',
    `the running TapeDeck at ${url} ended before the copy did; start it again`,
  );
}

async function post(url: URL, token: string, body: string, signal: AbortSignal): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    signal,
  };
  const request =
    url.protocol === 'https:'
      ? requestSecure(url, { ...options, rejectUnauthorized: !isLoopbackHost(url.hostname) })
      : requestPlain(url, options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}
