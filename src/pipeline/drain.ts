import type { Consumption, PartitionLag } from '../bus/bus.ts';
import { pause } from '../runtime/pause.ts';

const CHECK_EVERY_MS = 100;

export interface DrainOptions {
  readonly consumption: Consumption;
  readonly limitMs: number;
  /** True when waiting is in vain: what has to take the records is away. */
  readonly isStuck: () => boolean;
}

/** Waits until a consumption has read what the bus held at the call; answers how many records it left there. */
export async function drain({ consumption, limitMs, isStuck }: DrainOptions): Promise<number> {
  const signal = AbortSignal.timeout(limitMs);
  const ends = new Map((await consumption.lag()).map((lag) => [nameOf(lag), lag.endOffset]));
  for (;;) {
    const left = (await consumption.lag()).reduce(
      (sum, lag) => sum + Math.max(0, (ends.get(nameOf(lag)) ?? 0) - lag.position),
      0,
    );
    if (left === 0 || isStuck() || !(await pause(CHECK_EVERY_MS, signal))) return left;
  }
}

function nameOf({ topic, partition }: PartitionLag): string {
  return `${topic}/${partition}`;
}
