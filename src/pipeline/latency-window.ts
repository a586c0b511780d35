import type { Clock } from '../market/index.ts';

const SLOT_MS = 10_000;
const SLOT_COUNT = 6;
/** Bucket b holds latencies below 2^(b/4) milliseconds: 19 % wide, up to a day. */
const BUCKETS_PER_DOUBLING = 4;
const BUCKET_COUNT = 27 * BUCKETS_PER_DOUBLING;

/** Percentiles of the last minute in constant memory: six ten-second histograms, the oldest reused. */
export class LatencyWindow {
  readonly #clock: Clock;
  readonly #slots = Array.from({ length: SLOT_COUNT }, () => new Uint32Array(BUCKET_COUNT));
  readonly #slotNumbers = new Float64Array(SLOT_COUNT).fill(-1);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(latencyMs: number): void {
    const number = Math.floor(this.#clock.now() / SLOT_MS);
    const at = number % SLOT_COUNT;
    const slot = this.#slots[at];
    if (slot === undefined) return;
    if (this.#slotNumbers[at] !== number) {
      slot.fill(0);
      this.#slotNumbers[at] = number;
    }
    const bucket = Math.ceil(Math.log2(Math.max(1, latencyMs)) * BUCKETS_PER_DOUBLING);
    const index = Math.min(BUCKET_COUNT - 1, bucket);
    slot[index] = (slot[index] ?? 0) + 1;
  }

  /** Upper bounds of the buckets that hold the percentiles, in ms; null while nothing was seen for a minute. */
  percentiles(): { readonly p50: number; readonly p99: number } | null {
    const newest = Math.floor(this.#clock.now() / SLOT_MS);
    const sums = new Uint32Array(BUCKET_COUNT);
    let total = 0;
    this.#slots.forEach((slot, at) => {
      if ((this.#slotNumbers[at] ?? -1) <= newest - SLOT_COUNT) return;
      slot.forEach((count, bucket) => {
        sums[bucket] = (sums[bucket] ?? 0) + count;
        total += count;
      });
    });
    if (total === 0) return null;
    return { p50: upperBoundMs(sums, total * 0.5), p99: upperBoundMs(sums, total * 0.99) };
  }
}

function upperBoundMs(counts: Uint32Array, rank: number): number {
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket] ?? 0;
    if (seen >= rank) return Math.round(2 ** (bucket / BUCKETS_PER_DOUBLING));
  }
  return Math.round(2 ** (counts.length / BUCKETS_PER_DOUBLING));
}
