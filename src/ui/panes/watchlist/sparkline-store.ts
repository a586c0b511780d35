type LoadSparklines = (symbols: string[]) => Promise<Readonly<Record<string, readonly number[]>>>;

/** The closing prices behind the little charts of one list. */
export class SparklineStore {
  private points: Readonly<Record<string, readonly number[]>> = {};
  private readonly listeners = new Set<() => void>();
  private readonly load: LoadSparklines;

  constructor(load: LoadSparklines) {
    this.load = load;
  }

  /** Rejects when the host can't answer; what was there stays. */
  async refresh(symbols: readonly string[]): Promise<void> {
    if (symbols.length === 0) return;
    this.points = await this.load([...symbols]);
    for (const listener of this.listeners) listener();
  }

  of(symbol: string): readonly number[] {
    return this.points[symbol] ?? [];
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** Where the line of `points` runs in a box of that size, as x, y pairs; empty for fewer than two points. */
export function sparklinePath(points: readonly number[], width: number, height: number): Float64Array {
  if (points.length < 2) return new Float64Array(0);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    low = Math.min(low, point);
    high = Math.max(high, point);
  }
  const range = high - low;
  const path = new Float64Array(points.length * 2);
  for (const [index, point] of points.entries()) {
    path[index * 2] = (index / (points.length - 1)) * width;
    // A price that did not move is a line in the middle.
    path[index * 2 + 1] = range === 0 ? height / 2 : height - ((point - low) / range) * height;
  }
  return path;
}
