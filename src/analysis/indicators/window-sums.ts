/**
 * The last `length` values with their sum and sum of squares, both of the difference to an anchor inside the window: squares
 * of raw prices lose the digits that a variance lives on. The newest value stays out of the running sums, so that replacing
 * it leaves no trace. Once a turn of the ring the sums are computed anew, so that rounding errors do not pile up.
 */
export class WindowSums {
  readonly #length: number;
  readonly #ring: Float64Array;
  #at = -1;
  #count = 0;
  #anchor = 0;
  #sum = 0;
  #squares = 0;
  #newest = 0;

  constructor(length: number) {
    this.#length = length;
    this.#ring = new Float64Array(length);
  }

  get isFull(): boolean {
    return this.#count === this.#length;
  }

  add(value: number): void {
    const length = this.#length;
    if (this.#count > 0) {
      if (this.#count === 1) this.#anchor = this.#newest;
      const settled = this.#newest - this.#anchor;
      this.#sum += settled;
      this.#squares += settled * settled;
      this.#ring[this.#at] = this.#newest;
    }
    this.#at = this.#at + 1 === length ? 0 : this.#at + 1;
    if (this.#count === length) {
      const leaving = (this.#ring[this.#at] ?? 0) - this.#anchor;
      this.#sum -= leaving;
      this.#squares -= leaving * leaving;
    } else {
      this.#count++;
    }
    this.#newest = value;
    if (this.#at === 0) this.#settle();
  }

  replace(value: number): void {
    this.#newest = value;
  }

  mean(): number {
    return this.#anchor + (this.#sum + this.#newest - this.#anchor) / this.#length;
  }

  /** Sum of squared differences to the mean. */
  spread(): number {
    const newest = this.#newest - this.#anchor;
    const sum = this.#sum + newest;
    return Math.max(0, this.#squares + newest * newest - (sum * sum) / this.#length);
  }

  /** All values but the newest, which stands at index 0 now. */
  #settle(): void {
    const ring = this.#ring;
    // The newest value may still be replaced, so the anchor is the settled one before it.
    this.#anchor = this.#count > 1 ? (ring[this.#length - 1] ?? 0) : 0;
    this.#sum = 0;
    this.#squares = 0;
    if (this.#count < 2) return;
    for (let at = 1; at < this.#length; at++) {
      const difference = (ring[at] ?? 0) - this.#anchor;
      this.#sum += difference;
      this.#squares += difference * difference;
    }
  }
}
