import type { Clock } from '../../market/index.ts';

const SLOT_MS = 10_000;
const SLOT_COUNT = 6;
/** Bucket b holds latencies below 2^(b/4) sixteenths of a millisecond: 19 % wide, up to a day. */
const BUCKETS_PER_DOUBLING = 4;
const SMALLEST_MS = 1 / 16;
const BUCKET_COUNT = 31 * BUCKETS_PER_DOUBLING;

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** Percentiles of the last minute in constant memory: six ten-second histograms, the oldest reused. */
export class LatencyWindow {
  readonly #clock: Clock;
  readonly #slots = Array.from({ length: SLOT_COUNT }, () => new Uint32Array(BUCKET_COUNT));
  readonly #slotNumbers = new Float64Array(SLOT_COUNT).fill(-1);
  readonly #skews = new Float64Array(SLOT_COUNT);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A negative latency counts as 0; how far below it lay is remembered as skew. */
  add(latencyMs: number): void {
    const number = Math.floor(this.#clock.now() / SLOT_MS);
    const at = number % SLOT_COUNT;
    const slot = this.#slots[at];
    if (slot === undefined) return;
    if (this.#slotNumbers[at] !== number) {
      slot.fill(0);
      this.#skews[at] = 0;
      this.#slotNumbers[at] = number;
    }
    if (latencyMs < 0) this.#skews[at] = Math.max(this.#skews[at] ?? 0, -latencyMs);
    const bucket = Math.ceil(Math.log2(Math.max(1, latencyMs / SMALLEST_MS)) * BUCKETS_PER_DOUBLING);
    const index = Math.min(BUCKET_COUNT - 1, bucket);
    slot[index] = (slot[index] ?? 0) + 1;
  }

  /** Upper bounds of the buckets that hold the percentiles, in ms; null while nothing was seen for a minute. */
  percentiles(): Percentiles | null {
    const sums = new Uint32Array(BUCKET_COUNT);
    let total = 0;
    this.#slots.forEach((slot, at) => {
      if (!this.#isRecent(at)) return;
      slot.forEach((count, bucket) => {
        sums[bucket] = (sums[bucket] ?? 0) + count;
        total += count;
      });
    });
    if (total === 0) return null;
    return { p50: upperBoundMs(sums, total * 0.5), p99: upperBoundMs(sums, total * 0.99) };
  }

  /** The most by which a latency of the last minute was negative, in ms; 0 when none was. */
  skewMs(): number {
    return this.#skews.reduce((most, skew, at) => (this.#isRecent(at) ? Math.max(most, skew) : most), 0);
  }

  #isRecent(at: number): boolean {
    const newest = Math.floor(this.#clock.now() / SLOT_MS);
    return (this.#slotNumbers[at] ?? -1) > newest - SLOT_COUNT;
  }
}

function upperBoundMs(counts: Uint32Array, rank: number): number {
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket] ?? 0;
    if (seen >= rank) return boundMs(bucket);
  }
  return boundMs(counts.length);
}

function boundMs(bucket: number): number {
  return Number((SMALLEST_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING)).toPrecision(3));
}
