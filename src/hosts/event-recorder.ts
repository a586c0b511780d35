import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { PipelineOptions } from '../pipeline/pipeline.ts';
import { userFileError } from './file-error.ts';

/** Appends event lines to a file that `--replay` can read; compressed where the name ends in `.gz`. */
export async function openEventRecorder(path: string): Promise<NonNullable<PipelineOptions['recorder']>> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = createWriteStream(path, { flags: 'a' });
    await once(file, 'open');
    if (!path.endsWith('.gz')) return recorderOf(file, file, path);
    const gzip = createGzip();
    gzip.pipe(file);
    return recorderOf(gzip, file, path);
  } catch (error) {
    throw userFileError(error, path);
  }
}

function recorderOf(
  sink: NodeJS.WritableStream,
  file: NodeJS.WritableStream,
  path: string,
): NonNullable<PipelineOptions['recorder']> {
  let failure: unknown = null;
  file.on('error', (error) => {
    failure = error;
  });
  return {
    write: async (line) => {
      if (failure !== null) throw userFileError(failure, path);
      if (!sink.write(`${line}\n`)) await Promise.race([once(sink, 'drain'), once(file, 'close')]);
    },
    close: async () => {
      sink.end();
      if (failure === null) await finished(file);
    },
  };
}
