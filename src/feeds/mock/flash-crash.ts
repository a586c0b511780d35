import { hash32, hashText, unitOf } from './seeded-random.ts';
import { MINUTE_MS } from './trading-hours.ts';

const FALL_MS = 40_000;
const CRASH_MS = 2 * MINUTE_MS;
const LEAST_DEPTH = 0.04;
const DEPTH_RANGE = 0.06;

/** Seeded market-wide crashes: within forty seconds every price falls by 4 to 10 %, two minutes later it is back. */
export class FlashCrashes {
  readonly #key: number;
  readonly #rate: number;

  /** `rate` is the chance per market minute that one begins. */
  constructor(seed: number, rate: number) {
    this.#key = hashText(seed, 'flash-crash');
    this.#rate = rate;
  }

  /** What share of its price a symbol trades at, by milliseconds after `minuteMs`; null in a minute without a crash. */
  shockIn(minuteMs: number, symbolKey: number): ((offsetMs: number) => number) | null {
    const beginsHere = this.#begins(minuteMs);
    const beganBefore = this.#begins(minuteMs - MINUTE_MS);
    if (!beginsHere && !beganBefore) return null;
    const depth = LEAST_DEPTH + DEPTH_RANGE * unitOf(hash32(symbolKey, this.#key, Math.floor(minuteMs / CRASH_MS)));
    return (offsetMs) => {
      const here = beginsHere ? fallAfter(offsetMs) : 0;
      const before = beganBefore ? fallAfter(offsetMs + MINUTE_MS) : 0;
      return 1 - depth * Math.max(here, before);
    };
  }

  #begins(minuteMs: number): boolean {
    return this.#rate > 0 && unitOf(hash32(this.#key, minuteMs / MINUTE_MS, 1)) < this.#rate;
  }
}

/** How much of the depth is reached, 0 to 1. */
function fallAfter(elapsedMs: number): number {
  if (elapsedMs < FALL_MS) return elapsedMs / FALL_MS;
  return Math.max(0, (CRASH_MS - elapsedMs) / (CRASH_MS - FALL_MS));
}
