import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; answers false, at once, when the signal aborts. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(durationMs, undefined, { signal, ref: true });
    return true;
  } catch {
    return false;
  }
}
