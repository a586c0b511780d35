const CANDLES = 20;

/** Mean volume of the 20 closed candles before the running one. */
export class VolumeAverage {
  readonly #openTimes: number[] = [];
  readonly #volumes: number[] = [];

  close(openTimeMs: number, volume: number): void {
    const last = this.#openTimes.length - 1;
    const known = this.#openTimes.lastIndexOf(openTimeMs);
    if (known >= 0) {
      this.#volumes[known] = volume;
      return;
    }
    if (last >= 0 && openTimeMs < (this.#openTimes[last] ?? 0)) return;
    this.#openTimes.push(openTimeMs);
    this.#volumes.push(volume);
    // One more than is averaged, so that a revised candle finds the ones before it.
    if (this.#openTimes.length > CANDLES + 1) {
      this.#openTimes.shift();
      this.#volumes.shift();
    }
  }

  /** Null until 20 candles have closed before that time. */
  before(openTimeMs: number): number | null {
    let end = this.#openTimes.length;
    while (end > 0 && (this.#openTimes[end - 1] ?? 0) >= openTimeMs) end--;
    if (end < CANDLES) return null;
    let sum = 0;
    for (let at = end - CANDLES; at < end; at++) sum += this.#volumes[at] ?? 0;
    return sum / CANDLES;
  }

  entries(): readonly (readonly [number, number])[] {
    return this.#openTimes.map((openTimeMs, at) => [openTimeMs, this.#volumes[at] ?? 0] as const);
  }

  restore(entries: readonly (readonly [number, number])[]): void {
    for (const [openTimeMs, volume] of entries) this.close(openTimeMs, volume);
  }
}
