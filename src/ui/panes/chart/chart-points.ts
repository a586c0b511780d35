import type { PointOptionsObject } from 'highcharts/highstock';
import type { CandleHistory } from './candle-history.ts';
import type { ChartColours } from './chart-options.ts';
import type { IndicatorLine } from './indicator-series.ts';

type Points = readonly (number[] | PointOptionsObject)[];

/** By id of the series, the closed candles from index `from` to `to` and what goes with them. */
export function closedPoints(
  history: CandleHistory,
  from: number,
  to: number,
  lines: readonly IndicatorLine[],
): ReadonlyMap<string, Points> {
  const candles: number[][] = [];
  const volumeUp: number[][] = [];
  const volumeDown: number[][] = [];
  const lastClosed = isForming(history) ? history.length - 2 : history.length - 1;
  const end = Math.min(to, lastClosed);
  for (let index = from; index <= end; index++) {
    const candle = candlePoint(history, index);
    candles.push(candle);
    const place = history.firstPlace + index;
    const bars = isUp(history, index) ? volumeUp : volumeDown;
    bars.push([place, history.volume[index] as number]);
  }
  const points = new Map<string, Points>([
    ['candles', candles],
    ['volume-up', volumeUp],
    ['volume-down', volumeDown],
  ]);
  for (const [column, { key }] of lines.entries()) {
    const values = history.indicators[column] ?? [];
    const line: number[][] = [];
    for (let index = from; index <= end; index++) {
      const value = values[index] as number;
      if (!Number.isNaN(value)) line.push([history.firstPlace + index, value]);
    }
    points.set(key, line);
  }
  return points;
}

/** By id of the series, the candle that is forming and what goes with it; empty while none is. */
export function formingPoints(
  history: CandleHistory,
  lines: readonly IndicatorLine[],
  colours: ChartColours,
): ReadonlyMap<string, Points> {
  const points = new Map<string, Points>();
  if (!isForming(history)) return points;
  const index = history.length - 1;
  const place = history.firstPlace + index;
  const color = isUp(history, index) ? colours.volumeUp : colours.volumeDown;
  points.set('candles-live', [candlePoint(history, index)]);
  points.set('volume-live', [{ x: place, y: history.volume[index] as number, color }]);
  for (const [column, { key, kind }] of lines.entries()) {
    const values = history.indicators[column] ?? [];
    const before = values[index - 1];
    const value = values[index] as number;
    const line: number[][] = [];
    if (kind === 'line' && before !== undefined && !Number.isNaN(before)) line.push([place - 1, before]);
    if (!Number.isNaN(value)) line.push([place, value]);
    points.set(`${key}-live`, line);
  }
  return points;
}

function isForming(history: CandleHistory): boolean {
  return history.isClosed.at(-1) === false;
}

function isUp(history: CandleHistory, index: number): boolean {
  return (history.close[index] as number) >= (history.open[index] as number);
}

function candlePoint(history: CandleHistory, index: number): number[] {
  return [
    history.firstPlace + index,
    history.open[index] as number,
    history.high[index] as number,
    history.low[index] as number,
    history.close[index] as number,
  ];
}
