import { describe, expect, it } from 'vitest';
import type { IndicatorDescription } from '../../../contract/index.ts';
import { axisRanges, doesNewestFit } from './axis-ranges.ts';
import { CandleHistory } from './candle-history.ts';
import type { ChartColours } from './chart-options.ts';
import { closedPoints, formingPoints } from './chart-points.ts';
import { chartIndicators } from './indicator-series.ts';

const MINUTE_MS = 60_000;
const COLOURS = { volumeUp: 'green', volumeDown: 'red' } as ChartColours;

function described(key: string, scale: IndicatorDescription['scale']): IndicatorDescription {
  return { key, title: key, scale, guides: [], lines: [{ key, drawing: 'line' }] };
}

const INDICATORS = chartIndicators([
  described('sma', 'price'),
  described('force', 'signed'),
  described('rsi', 'percent'),
]);

/** Two closed candles, up and down, and one that forms. */
function history(forming: { readonly high: number; readonly force: number }): CandleHistory {
  const candles = new CandleHistory(INDICATORS.lines.map(({ key }) => key));
  const columns: Readonly<Record<string, readonly (number | null)[]>> = {
    sma: [null, 8, 10],
    force: [-4, 2, forming.force],
    rsi: [30, 40, 50],
  };
  candles.load({
    symbol: 'AAPL',
    interval: '1m',
    backfilledMs: [],
    openTimeMs: [1, 2, 3].map((minute) => minute * MINUTE_MS),
    open: [10, 12, 11],
    high: [13, 12, forming.high],
    low: [9, 10, 11],
    close: [12, 11, 11],
    volume: [100, 200, 50],
    revision: [1, 1, 1],
    indicators: Object.fromEntries(INDICATORS.lines.map(({ key }) => [key, [...(columns[key] ?? [])]])),
    hasMore: false,
  });
  return candles;
}

describe('what a chart draws', () => {
  const candles = history({ high: 12, force: 1 });
  const { firstPlace } = candles;

  it('is each closed candle, its volume by its direction and what is known of each line', () => {
    const points = closedPoints(candles, 0, 2, INDICATORS.lines);
    expect(points.get('candles')).toEqual([
      [firstPlace, 10, 13, 9, 12],
      [firstPlace + 1, 12, 12, 10, 11],
    ]);
    expect(points.get('volume-up')).toEqual([[firstPlace, 100]]);
    expect(points.get('volume-down')).toEqual([[firstPlace + 1, 200]]);
    expect(points.get('sma')).toEqual([[firstPlace + 1, 8]]);
  });

  it('is the forming candle by itself, joined to the lines before it', () => {
    const points = formingPoints(candles, INDICATORS.lines, COLOURS);
    expect(points.get('candles-live')).toEqual([[firstPlace + 2, 11, 12, 11, 11]]);
    expect(points.get('volume-live')).toEqual([{ x: firstPlace + 2, y: 50, color: 'green' }]);
    expect(points.get('sma-live')).toEqual([
      [firstPlace + 1, 8],
      [firstPlace + 2, 10],
    ]);
  });

  it('is nothing of its own once the newest candle is closed', () => {
    const closed = history({ high: 12, force: 1 });
    closed.isClosed[2] = true;
    expect(formingPoints(closed, INDICATORS.lines, COLOURS).size).toBe(0);
    expect(closedPoints(closed, 0, 2, INDICATORS.lines).get('candles')).toHaveLength(3);
  });
});

describe('the axes of a chart', () => {
  const ranges = axisRanges(history({ high: 12, force: 1 }), 0, 2, INDICATORS);

  it('hold what is on screen with air around it, lines over the candles included', () => {
    const price = ranges.get('price');
    expect(price?.low).toBeLessThan(8);
    expect(price?.high).toBeGreaterThan(13);
    expect(ranges.get('volume')).toMatchObject({ low: 0 });
    expect(ranges.get('volume')?.high).toBeGreaterThan(200);
    expect(ranges.get('rsi')).toEqual({ low: 0, high: 100 });
    const force = ranges.get('force');
    expect(force?.high).toBeGreaterThan(4);
    expect(force?.low).toBe(-(force?.high ?? 0));
  });

  it('hold what the newest candle becomes, until its price or a line leaves them', () => {
    expect(doesNewestFit(history({ high: 13, force: 4 }), INDICATORS, ranges)).toBe(true);
    expect(doesNewestFit(history({ high: 14, force: 1 }), INDICATORS, ranges)).toBe(false);
    expect(doesNewestFit(history({ high: 12, force: 9 }), INDICATORS, ranges)).toBe(false);
  });
});
