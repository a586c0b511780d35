import type { BackoffOptions } from '../runtime/backoff.ts';

/** Between attempts to reach a broker or a disk. */
export const BUS_BACKOFF: BackoffOptions = { baseMs: 100, maxMs: 5_000 };
