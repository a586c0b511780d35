import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { WriteBytes } from './row-writer.ts';

/** Writes as fast as the stream takes it. Rejects with what failed, also where that was after the last call. */
export function streamWriter(stream: Writable): WriteBytes {
  let failure: Error | null = null;
  // It may fail while nobody waits for it, which would end the process.
  stream.on('error', (error) => {
    failure ??= error;
  });
  return async (bytes) => {
    if (failure !== null) throw failure;
    if (!stream.write(bytes)) await once(stream, 'drain');
  };
}
