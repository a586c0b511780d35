import type { IndicatorDescription } from '../../../contract/index.ts';
import type { CandleHistory } from './candle-history.ts';
import { paddedRange, type ValueRange } from './chart-geometry.ts';
import { AXIS } from './chart-options.ts';
import { type ChartIndicators, PRICE_STRIP } from './indicator-series.ts';

const PRICE_AIR = 0.08;
const VOLUME_AIR = 1.15;
const STRIP_AIR = 1.3;

/** What each axis has to reach for the candles from index `from` to `to`, with the indicators over and below them. */
export function axisRanges(
  history: CandleHistory,
  from: number,
  to: number,
  { lines, strips }: ChartIndicators,
): ReadonlyMap<string, ValueRange> {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let volume = 0;
  for (let index = from; index <= to; index++) {
    low = Math.min(low, history.low[index] as number);
    high = Math.max(high, history.high[index] as number);
    volume = Math.max(volume, history.volume[index] as number);
  }
  const highest = new Map<string, number>();
  for (const [column, { strip }] of lines.entries()) {
    const values = history.indicators[column] ?? [];
    let most = highest.get(strip) ?? 0;
    for (let index = from; index <= to; index++) {
      const value = values[index] as number;
      if (Number.isNaN(value)) continue;
      if (strip === PRICE_STRIP) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      } else most = Math.max(most, Math.abs(value));
    }
    highest.set(strip, most);
  }
  return new Map([
    [AXIS.price, paddedRange(low, high, PRICE_AIR)],
    [AXIS.volume, { low: 0, high: volume > 0 ? volume * VOLUME_AIR : 1 }],
    ...strips.map(({ key, scale }) => [key, stripRange(scale, highest.get(key) ?? 0)] as const),
  ]);
}

/** Whether the newest candle can be drawn without moving an axis. */
export function doesNewestFit(
  history: CandleHistory,
  { lines }: ChartIndicators,
  ranges: ReadonlyMap<string, ValueRange>,
): boolean {
  const index = history.length - 1;
  const fits = (axisId: string, value: number): boolean => {
    const range = ranges.get(axisId);
    return Number.isNaN(value) || range === undefined || (value >= range.low && value <= range.high);
  };
  return (
    fits(AXIS.price, history.low[index] as number) &&
    fits(AXIS.price, history.high[index] as number) &&
    fits(AXIS.volume, history.volume[index] as number) &&
    lines.every(({ strip }, column) => fits(strip, history.indicators[column]?.[index] as number))
  );
}

/** Room for values up to `most`, so that a moving one does not touch the edge at once. */
function stripRange(scale: IndicatorDescription['scale'], most: number): ValueRange {
  if (scale === 'percent') return { low: 0, high: 100 };
  const high = most > 0 ? most * STRIP_AIR : 1;
  return { low: scale === 'signed' ? -high : 0, high };
}
