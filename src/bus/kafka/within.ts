import { TapedeckError } from '../../market/index.ts';

/** Rejects with `timeout` when the work is not done in time; it goes on unseen. */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TapedeckError('timeout', `not done within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Rejects with `closed`, at once, when the signal aborts; the work goes on unseen. */
export function unlessClosed<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const close = (): void => reject(new TapedeckError('closed', 'the bus is closed'));
    if (signal.aborted) close();
    signal.addEventListener('abort', close);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', close));
  });
}
