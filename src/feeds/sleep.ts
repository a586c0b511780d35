import { setTimeout as delay } from 'node:timers/promises';

/** Waits `ms` of wall time, or until `signal` aborts; never rejects and leaves no timer behind. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const systemSleep: Sleep = async (ms, signal) => {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
};
