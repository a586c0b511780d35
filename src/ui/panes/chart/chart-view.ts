import Highcharts from 'highcharts/esm/highstock.js';
import 'highcharts/esm/modules/accessibility.js';
import type { Axis, Chart, Series } from 'highcharts/highstock';
import type { Interval } from '../../../market/index.ts';
import type { ClockZone } from '../../format/times.ts';
import { timeTicks, valueTicks } from './axis-ticks.ts';
import type { CandleHistory } from './candle-history.ts';
import {
  chartStrips,
  type ChartWindow,
  followsLatest,
  latestWindow,
  MAX_BARS,
  MIN_BARS,
  paddedRange,
  panWindow,
  type StripBox,
  type ValueRange,
  zoomWindow,
} from './chart-geometry.ts';
import { AXIS, BOTTOM_MARGIN, chartOptions, readColours, TOP_MARGIN } from './chart-options.ts';
import { type ChartIndicators, PRICE_STRIP } from './indicator-series.ts';
import type { IndicatorDescription } from '../../../contract/index.ts';

/** Width of a candle with its gap on a fresh chart, px. */
const FRESH_BAR_PX = 7;
const PRICE_TICK_PX = 46;
const TIME_TICK_PX = 84;
const CHARACTER_PX = 6.3;

export interface ChartViewOptions {
  readonly container: HTMLElement;
  readonly interval: Interval;
  readonly indicators: ChartIndicators;
  readonly formatPrice: (value: number) => string;
  readonly formatVolume: (value: number) => string;
  readonly zone: () => ClockZone;
  /** After every change of what is drawn or of its scale. */
  readonly onDraw: () => void;
}

/**
 * Candles, volume and indicators, drawn so that a tick redraws two points and nothing else: closed candles and the forming
 * one are separate series, every axis has its own fixed range and tick positions, and only the visible window is handed over.
 */
export class ChartView {
  readonly strips: ReadonlyMap<string, StripBox>;
  window: ChartWindow = { right: 1, bars: 100 };
  private readonly options: ChartViewOptions;
  private readonly chart: Chart;
  private readonly ranges = new Map<string, ValueRange>();
  private readonly series = new Map<string, Series>();
  private readonly colours: ReturnType<typeof readColours>;
  private readonly labels = new Map<number, string>();
  private history: CandleHistory | null = null;
  private rightMargin = 62;
  private isSized = false;

  constructor(options: ChartViewOptions) {
    this.options = options;
    this.strips = chartStrips(options.indicators.strips.map(({ key }) => key));
    this.colours = readColours(options.container);
    this.chart = Highcharts.chart(
      options.container,
      chartOptions({
        colours: this.colours,
        strips: this.strips,
        indicators: options.indicators,
        rightMargin: this.rightMargin,
        timeLabel: (place) => this.labels.get(place) ?? '',
        valueLabel: (axisId, value) => this.valueLabel(axisId, value),
      }),
    );
    for (const series of this.chart.series) this.series.set(series.options.id ?? '', series);
  }

  /** Pixels from the chart's left and top edge. */
  get plot(): { readonly width: number; readonly height: number; readonly top: number } {
    return {
      width: Math.max(1, this.chart.chartWidth - this.rightMargin),
      height: Math.max(1, this.chart.chartHeight - TOP_MARGIN - BOTTOM_MARGIN),
      top: TOP_MARGIN,
    };
  }

  /** Shows the latest candles of this history. */
  show(history: CandleHistory): void {
    this.history = history;
    this.window = latestWindow(history.lastPlace, this.freshBars());
    this.isSized = true;
    this.redrawAll();
  }

  /** After a candle was added or an older one changed. */
  candlesChanged(hadLast: number): void {
    const { history } = this;
    if (history === null) return;
    if (followsLatest(this.window, hadLast)) {
      this.window = { ...this.window, right: this.window.right + (history.lastPlace - hadLast) };
    }
    this.redrawAll();
  }

  /** After only the newest candle changed: redraws its own small series, unless it left the range of an axis. */
  lastChanged(): void {
    const { history } = this;
    if (history === null || history.length === 0) return;
    if (Math.floor(this.window.right) + 1 < history.lastPlace) return;
    if (this.history?.isClosed.at(-1) === true || !this.lastFits()) {
      this.redrawAll();
      return;
    }
    this.updateLiveSeries();
    redrawPointsOnly(this.chart);
    this.options.onDraw();
  }

  pan(byBars: number): void {
    const { history } = this;
    if (history === null) return;
    this.window = panWindow(this.window, byBars, history.firstPlace, history.lastPlace);
    this.redrawAll();
  }

  zoom(factor: number, anchor: number): void {
    this.window = zoomWindow(this.window, factor, anchor);
    this.redrawAll();
  }

  showLatest(): void {
    if (this.history === null) return;
    this.window = latestWindow(this.history.lastPlace, this.window.bars);
    this.redrawAll();
  }

  /** Puts a candle near the left edge, with a little of what came before it. */
  showFrom(place: number): void {
    const { history } = this;
    if (history === null) return;
    const right = place + this.window.bars * 0.9;
    this.window = panWindow(this.window, right - this.window.right, history.firstPlace, history.lastPlace);
    this.redrawAll();
  }

  /** How many bars of history are left beyond the left edge. */
  barsBeforeWindow(): number {
    return this.history === null ? 0 : this.window.right - this.window.bars - this.history.firstPlace;
  }

  resize(width: number, height: number): void {
    if (width < 10 || height < 10) return;
    if (width === this.chart.chartWidth && height === this.chart.chartHeight) return;
    const barPx = this.plot.width / this.window.bars;
    this.chart.setSize(width, height, false);
    if (this.history === null) return;
    const bars = this.isSized ? clampBars(this.plot.width / barPx) : this.freshBars();
    this.window = followsLatest(this.window, this.history.lastPlace)
      ? latestWindow(this.history.lastPlace, bars)
      : { right: this.window.right, bars };
    this.redrawAll();
  }

  /** Labels and prices may look different now. */
  relabel(): void {
    this.redrawAll();
  }

  destroy(): void {
    this.chart.destroy();
  }

  xOf(place: number): number {
    return ((place - (this.window.right - this.window.bars)) / this.window.bars) * this.plot.width;
  }

  placeAt(x: number): number {
    return this.window.right - this.window.bars + (x / this.plot.width) * this.window.bars;
  }

  yOf(value: number, axisId: string = AXIS.price): number {
    const box = this.strips.get(axisId);
    const range = this.ranges.get(axisId);
    if (box === undefined || range === undefined) return Number.NaN;
    const share = (value - range.low) / (range.high - range.low);
    return TOP_MARGIN + (box.top + box.height * (1 - share)) * this.plot.height;
  }

  /** The value under the pointer and the axis it belongs to; null between strips. */
  valueAt(y: number): { readonly axisId: string; readonly value: number } | null {
    const share = (y - TOP_MARGIN) / this.plot.height;
    for (const [axisId, box] of this.strips) {
      if (axisId === AXIS.volume) continue;
      const range = this.ranges.get(axisId);
      if (range === undefined || share < box.top || share > box.top + box.height) continue;
      return { axisId, value: range.high - ((share - box.top) / box.height) * (range.high - range.low) };
    }
    return null;
  }

  valueLabel(axisId: string, value: number): string {
    if (axisId === AXIS.price) return this.options.formatPrice(value);
    if (axisId === AXIS.volume) return this.options.formatVolume(value);
    const isPercent = this.options.indicators.strips.some(({ key, scale }) => key === axisId && scale === 'percent');
    return isPercent ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
  }

  private freshBars(): number {
    return clampBars(this.plot.width / FRESH_BAR_PX);
  }

  private axis(axisId: string): Axis | undefined {
    return this.chart.get(axisId) as Axis | undefined;
  }

  private redrawAll(): void {
    const { history } = this;
    if (history === null) return;
    const from = Math.max(0, Math.floor(history.indexOf(this.window.right - this.window.bars)) - 1);
    const to = Math.min(history.length - 1, Math.ceil(history.indexOf(this.window.right)) + 1);
    this.setRanges(history, from, to);
    this.fillMargin();
    this.setTimeAxis(history, from, to);
    this.setSeries(history, from, to);
    this.updateLiveSeries();
    this.chart.redraw(false);
    this.options.onDraw();
  }

  /** Labels need room for the longest price; the margin grows with it and never jitters back. */
  private fillMargin(): void {
    const range = this.ranges.get('price');
    if (range === undefined) return;
    const needed = Math.ceil(this.options.formatPrice(range.high).length * CHARACTER_PX) + 16;
    if (needed <= this.rightMargin) return;
    this.rightMargin = needed;
    this.chart.update({ chart: { marginRight: needed } }, false);
  }

  private setRanges(history: CandleHistory, from: number, to: number): void {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    let volume = 0;
    for (let index = from; index <= to; index++) {
      low = Math.min(low, history.low[index] as number);
      high = Math.max(high, history.high[index] as number);
      volume = Math.max(volume, history.volume[index] as number);
    }
    const highest = new Map<string, number>();
    for (const [column, { strip }] of this.options.indicators.lines.entries()) {
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
    this.setRange(AXIS.price, paddedRange(low, high, 0.08));
    this.setRange(AXIS.volume, { low: 0, high: volume > 0 ? volume * 1.15 : 1 }, []);
    for (const { key, scale, guides } of this.options.indicators.strips) {
      const range = scaleRange(scale, highest.get(key) ?? 0);
      this.setRange(key, range, guides.length > 0 ? guides : undefined);
    }
  }

  private setRange(axisId: string, range: ValueRange, fixedTicks?: readonly number[]): void {
    const axis = this.axis(axisId);
    const box = this.strips.get(axisId);
    if (axis === undefined || box === undefined) return;
    this.ranges.set(axisId, range);
    const count = (box.height * this.plot.height) / PRICE_TICK_PX;
    axis.options.tickPositions = [...(fixedTicks ?? valueTicks(range.low, range.high, Math.max(2, count)))];
    axis.setExtremes(range.low, range.high, false, false);
  }

  private setTimeAxis(history: CandleHistory, from: number, to: number): void {
    const { interval, zone } = this.options;
    const ticks = timeTicks(history.openTimeMs, from, to, this.plot.width / TIME_TICK_PX, interval, zone());
    this.labels.clear();
    const left = this.window.right - this.window.bars;
    const positions: number[] = [];
    for (const tick of ticks) {
      const place = history.firstPlace + tick.index;
      // A label that would be cut off at an edge is worse than none.
      const x = this.xOf(place);
      if (place < left || x < 18 || x > this.plot.width - 18) continue;
      positions.push(place);
      this.labels.set(place, tick.label);
    }
    const axis = this.axis('time');
    if (axis === undefined) return;
    axis.options.tickPositions = positions;
    axis.setExtremes(left, this.window.right, false, false);
  }

  private setSeries(history: CandleHistory, from: number, to: number): void {
    const candles: number[][] = [];
    const volumeUp: number[][] = [];
    const volumeDown: number[][] = [];
    const lastClosed = history.isClosed.at(-1) === true ? history.length - 1 : history.length - 2;
    const end = Math.min(to, lastClosed);
    for (let index = from; index <= end; index++) {
      const place = history.firstPlace + index;
      const open = history.open[index] as number;
      const close = history.close[index] as number;
      candles.push([place, open, history.high[index] as number, history.low[index] as number, close]);
      (close >= open ? volumeUp : volumeDown).push([place, history.volume[index] as number]);
    }
    this.setData('candles', candles);
    this.setData('volume-up', volumeUp);
    this.setData('volume-down', volumeDown);
    for (const [column, { key }] of this.options.indicators.lines.entries()) {
      const values = history.indicators[column] ?? [];
      const points: (number | null)[][] = [];
      for (let index = from; index <= end; index++) {
        const value = values[index] as number;
        if (!Number.isNaN(value)) points.push([history.firstPlace + index, value]);
      }
      this.setData(key, points);
    }
  }

  private setData(id: string, points: (number | null)[][]): void {
    this.series.get(id)?.setData(points, false, false, false);
  }

  private updateLiveSeries(): void {
    const { history } = this;
    if (history === null) return;
    const index = history.length - 1;
    const isForming = index >= 0 && history.isClosed[index] === false;
    if (!isForming) {
      for (const [id, series] of this.series) if (id.endsWith('-live')) series.setData([], false, false, false);
      return;
    }
    const place = history.firstPlace + index;
    const open = history.open[index] as number;
    const close = history.close[index] as number;
    this.setLive('candles', [[place, open, history.high[index] as number, history.low[index] as number, close]]);
    const volume = this.series.get('volume-live');
    const color = close >= open ? this.colours.volumeUp : this.colours.volumeDown;
    volume?.setData([{ x: place, y: history.volume[index] as number, color }], false, false, false);
    for (const [column, { key, kind }] of this.options.indicators.lines.entries()) {
      const values = history.indicators[column] ?? [];
      const before = values[index - 1];
      const value = values[index] as number;
      const points: number[][] = [];
      if (kind === 'line' && before !== undefined && !Number.isNaN(before)) points.push([place - 1, before]);
      if (!Number.isNaN(value)) points.push([place, value]);
      this.setLive(key, points);
    }
  }

  private setLive(id: string, points: number[][]): void {
    this.series.get(`${id}-live`)?.setData(points, false, false, false);
  }

  private lastFits(): boolean {
    const { history } = this;
    if (history === null) return false;
    const index = history.length - 1;
    const fits = (axisId: string, value: number) => {
      const range = this.ranges.get(axisId);
      return Number.isNaN(value) || range === undefined || (value >= range.low && value <= range.high);
    };
    if (!fits('price', history.low[index] as number) || !fits('price', history.high[index] as number)) return false;
    if (!fits('volume', history.volume[index] as number)) return false;
    return this.options.indicators.lines.every(({ strip }, column) => {
      const value = history.indicators[column]?.[index] as number;
      return fits(strip, value);
    });
  }
}

/** Room for values up to `most`, so that a moving one does not touch the edge at once. */
function scaleRange(scale: IndicatorDescription['scale'], most: number): ValueRange {
  if (scale === 'percent') return { low: 0, high: 100 };
  const high = most > 0 ? most * 1.3 : 1;
  return { low: scale === 'signed' ? -high : 0, high };
}

/** Parts of Highcharts' chart that are not in its types; a browser test holds that they still do what they did. */
interface ChartInternals {
  isDirtyBox: boolean;
  /** Set by every series that gets new data; makes the accessibility module write its descriptions again. */
  a11yDirty: boolean;
  /** Measures its hidden elements after every redraw. */
  accessibility: unknown;
  getMargins: (skipAxes?: boolean) => void;
  layOutTitles: (redraw?: boolean) => void;
}

/** A redraw of changed series and of nothing else: new data marks the whole box dirty, and every redraw measures all labels. */
function redrawPointsOnly(chart: Chart): void {
  const internals = chart as unknown as ChartInternals;
  const { getMargins, layOutTitles, accessibility } = internals;
  internals.isDirtyBox = false;
  internals.a11yDirty = false;
  internals.accessibility = undefined;
  internals.getMargins = () => undefined;
  internals.layOutTitles = () => undefined;
  try {
    chart.redraw(false);
  } finally {
    internals.getMargins = getMargins;
    internals.layOutTitles = layOutTitles;
    internals.accessibility = accessibility;
  }
}

function clampBars(bars: number): number {
  return Math.max(MIN_BARS, Math.min(MAX_BARS, bars));
}
