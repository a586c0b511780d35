const SLOTS = 64;

/**
 * The price at the beginning of a sliding window, from at most 64 remembered prices: the window moves in steps of 1/64 of its
 * length, whatever the rate of trades.
 */
export class PriceWindow {
  readonly #stepMs: number;
  readonly #steps = new Float64Array(SLOTS + 1).fill(Number.NaN);
  readonly #prices = new Float64Array(SLOTS + 1);
  #firstStep = Number.NaN;

  constructor(windowMs: number) {
    this.#stepMs = windowMs / SLOTS;
  }

  /** Percent from the oldest price in the window to this one; prices come in ascending time. */
  changePercent(timeMs: number, price: number): number {
    const step = Math.floor(timeMs / this.#stepMs);
    const slot = step % (SLOTS + 1);
    if (this.#steps[slot] !== step) {
      this.#steps[slot] = step;
      this.#prices[slot] = price;
      if (Number.isNaN(this.#firstStep)) this.#firstStep = step;
    }
    for (let oldest = Math.max(this.#firstStep, step - SLOTS); oldest <= step; oldest++) {
      const oldestSlot = oldest % (SLOTS + 1);
      if (this.#steps[oldestSlot] !== oldest) continue;
      this.#firstStep = oldest;
      const before = this.#prices[oldestSlot] ?? price;
      return (price / before - 1) * 100;
    }
    return 0;
  }

  entries(): readonly (readonly [number, number])[] {
    const entries: (readonly [number, number])[] = [];
    for (const [slot, step] of this.#steps.entries()) {
      if (!Number.isNaN(step)) entries.push([step, this.#prices[slot] ?? 0]);
    }
    return entries;
  }

  restore(entries: readonly (readonly [number, number])[]): void {
    for (const [step, price] of entries) {
      this.#steps[step % (SLOTS + 1)] = step;
      this.#prices[step % (SLOTS + 1)] = price;
      if (!(step >= this.#firstStep)) this.#firstStep = step;
    }
  }
}
