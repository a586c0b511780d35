import { type Candle, isWithdrawn } from '../../market/index.ts';
import type { CandleHistory } from './candle-history.ts';

const MAX_POINTS = 240;
const CONCURRENT_LOADS = 4;
/** `persist` has written a backfilled candle by then. */
const STORED_AFTER_MS = 3_000;

interface Line {
  readonly openTimeMs: number[];
  readonly close: number[];
  readonly loadedMs: number;
}

/** Closing prices of the latest minutes per symbol: read from the store once, then kept up by the candles on the bus. */
export class SparklineBook {
  readonly #history: CandleHistory;
  readonly #lines = new Map<string, Line>();
  /** When the store holds all of what was backfilled so far; a line loaded before that is loaded again. */
  readonly #settledMs = new Map<string, number>();

  constructor(history: CandleHistory) {
    this.#history = history;
  }

  apply(candle: Candle): void {
    if (candle.interval !== '1m') return;
    if (candle.source === 'backfill') this.#settledMs.set(candle.symbol, performance.now() + STORED_AFTER_MS);
    const line = this.#lines.get(candle.symbol);
    if (line === undefined) return;
    if (isWithdrawn(candle)) {
      this.#lines.delete(candle.symbol);
      return;
    }
    const lastMs = line.openTimeMs.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (candle.openTimeMs > lastMs) {
      line.openTimeMs.push(candle.openTimeMs);
      line.close.push(candle.close);
      if (line.close.length > MAX_POINTS) {
        line.openTimeMs.shift();
        line.close.shift();
      }
    } else if (candle.openTimeMs === lastMs) {
      line.close[line.close.length - 1] = candle.close;
    } else if (
      candle.openTimeMs < (line.openTimeMs[0] ?? Number.POSITIVE_INFINITY) ||
      !line.openTimeMs.includes(candle.openTimeMs)
    ) {
      // History was filled in behind: the next reader loads it.
      this.#lines.delete(candle.symbol);
    }
  }

  async read(symbols: readonly string[], points: number): Promise<Readonly<Record<string, readonly number[]>>> {
    const missing = symbols.filter((symbol) => !this.#isSettled(symbol));
    for (let at = 0; at < missing.length; at += CONCURRENT_LOADS) {
      await Promise.all(missing.slice(at, at + CONCURRENT_LOADS).map((symbol) => this.#load(symbol)));
    }
    const answer: Record<string, readonly number[]> = {};
    for (const symbol of symbols) {
      const close = this.#lines.get(symbol)?.close ?? [];
      if (close.length > 0) answer[symbol] = close.slice(-points);
    }
    return answer;
  }

  #isSettled(symbol: string): boolean {
    const line = this.#lines.get(symbol);
    return line !== undefined && line.loadedMs >= (this.#settledMs.get(symbol) ?? 0);
  }

  async #load(symbol: string): Promise<void> {
    const loadedMs = performance.now();
    const candles = await this.#history.latest(symbol, '1m', null, MAX_POINTS);
    this.#lines.set(symbol, {
      loadedMs,
      openTimeMs: candles.map((candle) => candle.openTimeMs),
      close: candles.map((candle) => candle.close),
    });
  }
}
