import type { Candle } from '../../market/index.ts';
import { preferredCandle } from './preferred-candle.ts';

/** Index of the first candle that opens at `openTimeMs` or later; `candles` ascend. */
export function firstAtOrAfter(candles: readonly Candle[], openTimeMs: number): number {
  let low = 0;
  let high = candles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((candles[middle]?.openTimeMs ?? 0) < openTimeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts a candle into its place of an ascending list. Answers its index, or -1 when the list already holds a better one. */
export function mergeCandle(candles: Candle[], candle: Candle): number {
  const last = candles.at(-1);
  if (last === undefined || last.openTimeMs < candle.openTimeMs) return candles.push(candle) - 1;
  const index = firstAtOrAfter(candles, candle.openTimeMs);
  const held = candles[index];
  if (held === undefined || held.openTimeMs !== candle.openTimeMs) {
    candles.splice(index, 0, candle);
    return index;
  }
  if (preferredCandle(held, candle) === held) return -1;
  candles[index] = candle;
  return index;
}
