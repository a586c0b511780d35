import { setTimeout as delay } from 'node:timers/promises';

/** Waits `durationMs` of wall time; answers false, at once, when the signal aborts. Never rejects, leaves no timer behind. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(durationMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/** How a pause is taken where tests hurry it. */
export type Sleep = (durationMs: number, signal: AbortSignal) => Promise<unknown>;

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Waits for `work`, rejecting as it does, but no longer than until the signal aborts; listens to it no longer than it waits. */
export async function orAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const isAborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
  });
  try {
    await Promise.race([work, isAborted]);
  } finally {
    over.abort();
  }
}
