import '../theme/tokens.css';
import Highcharts from 'highcharts/esm/highstock.js';
import type { CandleColumns, ChartUpdate } from '../../contract/index.ts';
import { CandleHistory } from '../panes/chart/candle-history.ts';
import { ChartView } from '../panes/chart/chart-view.ts';
import { chartIndicators } from '../panes/chart/indicator-series.ts';

export interface ChartUpdateTimes {
  /** Milliseconds of script per update, one entry an update. */
  readonly baselineMs: readonly number[];
  readonly subjectMs: readonly number[];
  readonly visibleBars: number;
}

declare global {
  interface Window {
    measureChartUpdates?: (updates: number) => Promise<ChartUpdateTimes>;
  }
}

const CANDLES = 5_000;
const VISIBLE = 500;
const OVERLAYS = ['sma20', 'ema12', 'ema26'];
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5);
const SIZE = { width: 1_200, height: 700 };

function randomWalk(): CandleColumns {
  let state = 42;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const columns = { open: [] as number[], high: [] as number[], low: [] as number[], close: [] as number[] };
  let price = 100;
  for (let index = 0; index < CANDLES; index++) {
    const open = price;
    price *= 1 + (random() - 0.5) * 0.004;
    columns.open.push(open);
    columns.close.push(price);
    columns.high.push(Math.max(open, price) * (1 + random() * 0.001));
    columns.low.push(Math.min(open, price) * (1 - random() * 0.001));
  }
  const overlay = (shift: number) => columns.close.map((close) => close * (1 + shift));
  return {
    symbol: 'AAPL',
    interval: '1m',
    openTimeMs: columns.open.map((_, index) => START_MS + index * MINUTE_MS),
    ...columns,
    volume: columns.open.map(() => 1_000 + random() * 9_000),
    revision: columns.open.map(() => 1),
    indicators: Object.fromEntries(OVERLAYS.map((key, index) => [key, overlay((index - 1) * 0.001)])),
    backfilledMs: [],
    hasMore: false,
  };
}

/** The stock chart as it comes, but for grouping: with grouping on, updating the last point silently does nothing. */
function makeBaseline(data: CandleColumns): (close: number) => void {
  const container = element('baseline');
  const times = data.openTimeMs;
  const at = (values: readonly number[], index: number) => values[index] ?? 0;
  const candles = times.map((timeMs, index) => [
    timeMs,
    at(data.open, index),
    at(data.high, index),
    at(data.low, index),
    at(data.close, index),
  ]);
  const grouping = { dataGrouping: { enabled: false } };
  const chart = Highcharts.stockChart(container, {
    chart: SIZE,
    // Not part of the stock chart: it is here because our chart loads it.
    accessibility: { enabled: false },
    series: [
      { type: 'candlestick', data: candles, ...grouping },
      ...OVERLAYS.map((key) => ({
        type: 'line' as const,
        data: times.map((timeMs, index) => [timeMs, data.indicators[key]?.[index] ?? null]),
        ...grouping,
      })),
    ],
  });
  chart.xAxis[0]?.setExtremes(times.at(-VISIBLE), times.at(-1), true, false);
  const last = times.length - 1;
  return (close) => {
    for (const [index, series] of chart.series.slice(0, 1 + OVERLAYS.length).entries()) {
      const point = series.points.at(-1);
      const high = Math.max(at(data.high, last), close);
      const low = Math.min(at(data.low, last), close);
      point?.update(index === 0 ? [times[last] ?? 0, at(data.open, last), high, low, close] : close, false);
    }
    chart.redraw();
  };
}

function makeSubject(data: CandleColumns): { readonly update: (close: number) => void; readonly visibleBars: number } {
  const indicators = chartIndicators(
    OVERLAYS.map((key) => ({ key, title: key, scale: 'price', guides: [], lines: [{ key, drawing: 'line' }] })),
  );
  const history = new CandleHistory(OVERLAYS);
  const view = new ChartView({
    container: element('subject'),
    interval: '1m',
    indicators,
    formatPrice: (value) => value.toFixed(2),
    formatVolume: (value) => value.toFixed(0),
    zone: () => 'utc',
    onDraw: () => undefined,
  });
  view.resize(SIZE.width, SIZE.height);
  history.load(data);
  view.show(history);
  view.zoom(VISIBLE / view.window.bars, view.window.right);
  const last = CANDLES - 1;
  const open = data.open[last] ?? 0;
  const high = data.high[last] ?? 0;
  const low = data.low[last] ?? 0;
  let revision = 1;
  return {
    visibleBars: view.window.bars,
    update: (close) => {
      revision++;
      const timeMs = data.openTimeMs[last] ?? 0;
      const row = [timeMs, open, Math.max(high, close), Math.min(low, close), close, 5_000, revision, 0];
      const values = Float64Array.from([...row, close, close, close]);
      const update: ChartUpdate = { chartId: 1, needsReload: false, indicatorCount: OVERLAYS.length, values };
      history.applyUpdate(update);
      view.lastChanged();
    },
  };
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  found.style.width = `${SIZE.width}px`;
  found.style.height = `${SIZE.height}px`;
  return found;
}

window.measureChartUpdates = async (updates) => {
  const data = randomWalk();
  const baseline = makeBaseline(data);
  const subject = makeSubject(data);
  const baselineMs: number[] = [];
  const subjectMs: number[] = [];
  const base = data.close.at(-1) ?? 100;
  const nextFrame = () =>
    new Promise((resolve) => {
      requestAnimationFrame(resolve);
    });
  const time = (work: () => void) => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  };
  for (let index = 0; index < updates; index++) {
    const close = base * (1 + Math.sin(index * 0.7) * 0.002);
    await nextFrame();
    const baselineTook = time(() => baseline(close));
    await nextFrame();
    const subjectTook = time(() => subject.update(close));
    // The first ones compile.
    if (index < 10) continue;
    baselineMs.push(baselineTook);
    subjectMs.push(subjectTook);
  }
  return { baselineMs, subjectMs, visibleBars: subject.visibleBars };
};
