import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { isDatasetName } from '../../market/index.ts';
import { COPY_PATH } from '../copy/copy-through-instance.ts';
import type { CopyLine } from '../copy/copy-through-instance.ts';
import { copyWithServer } from '../copy/copy-with-server.ts';
import type { DatasetReader } from '../dataset-reader.ts';
import type { AccessControl } from './access-control.ts';
import { ProblemError, problem, problemOf } from './rest/problem.ts';

const BODY = z.object({
  direction: z.enum(['out-of-folder', 'into-folder']),
  dataset: z.string().refine(isDatasetName),
  dsn: z.string(),
});

export interface CopyRouteOptions {
  /** Reads the embedded store, whatever stack the pipeline runs on; null where this instance does not hold its folder. */
  readonly folder: () => Pick<DatasetReader, 'read'> | null;
  readonly access: AccessControl;
}

/**
 * For `npm run store -- copy` while this instance holds the data folder. Only for programs with the token: it names a server to
 * connect to. The answer is a line of JSON for each step, the last one with the outcome.
 */
export function registerCopy(app: FastifyInstance, { folder, access }: CopyRouteOptions): void {
  const closing = new AbortController();
  // Gigabytes on their way must not hold up the end; the next copy goes on where this one was.
  app.addHook('preClose', async () => closing.abort());
  app.post(COPY_PATH, async (request, reply) => {
    const body = BODY.safeParse(request.body);
    const reader = folder();
    if (!access.isBearer(request.headers.authorization) || !body.success || reader === null) {
      throw new ProblemError(problem(403, 'forbidden', 'Forbidden', 'Only the command "store copy" may ask for that.'));
    }
    const stop = new AbortController();
    const lines = new PassThrough();
    const send = (line: CopyLine): void => void lines.write(`${JSON.stringify(line)}\n`);
    lines.on('close', () => stop.abort());
    reply.raw.on('close', () => stop.abort());
    const { dataset } = body.data;
    void reader
      .read(dataset, (store, released) => {
        const signal = AbortSignal.any([stop.signal, closing.signal, released]);
        return copyWithServer(store, { ...body.data, onProgress: (progress) => send({ progress }), signal });
      })
      .then((summaries) => send({ summaries }))
      .catch((error: unknown) => send({ problem: problemOf(error) }))
      .finally(() => lines.end());
    return reply.type('application/x-ndjson').send(lines);
  });
}
