import Highcharts from 'highcharts/esm/highstock.js';
import 'highcharts/esm/modules/accessibility.js';
import type { Axis, Chart, Series } from 'highcharts/highstock';
import type { Interval } from '../../../market/index.ts';
import type { ClockZone } from '../../format/times.ts';
import { axisRanges, doesNewestFit } from './axis-ranges.ts';
import { timeTicks, valueTicks } from './axis-ticks.ts';
import type { CandleHistory } from './candle-history.ts';
import {
  chartStrips,
  type ChartWindow,
  followsLatest,
  latestWindow,
  MAX_BARS,
  MIN_BARS,
  panWindow,
  type StripBox,
  type ValueRange,
  zoomWindow,
} from './chart-geometry.ts';
import { AXIS, BOTTOM_MARGIN, chartOptions, readColours, TOP_MARGIN } from './chart-options.ts';
import { closedPoints, formingPoints } from './chart-points.ts';
import type { ChartIndicators } from './indicator-series.ts';
import { redrawPointsOnly } from './redraw-points-only.ts';

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
  /** Of axes that show the same values whatever their range is. */
  private readonly fixedTicks: ReadonlyMap<string, readonly number[]>;
  private readonly ranges = new Map<string, ValueRange>();
  private readonly series = new Map<string, Series>();
  private readonly colours: ReturnType<typeof readColours>;
  private readonly labels = new Map<number, string>();
  private history: CandleHistory | null = null;
  private rightMargin = 62;
  private isSized = false;

  constructor(options: ChartViewOptions) {
    this.options = options;
    const { strips } = options.indicators;
    this.strips = chartStrips(strips.map(({ key }) => key));
    const guided = strips.filter(({ guides }) => guides.length > 0);
    this.fixedTicks = new Map([[AXIS.volume, []], ...guided.map(({ key, guides }) => [key, guides] as const)]);
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
    if (Math.floor(this.window.right) + 1 < history.lastPlace) {
      // The line and the label of the last price stand over older candles too.
      this.options.onDraw();
      return;
    }
    if (history.isClosed.at(-1) === true || !doesNewestFit(history, this.options.indicators, this.ranges)) {
      this.redrawAll();
      return;
    }
    this.updateLiveSeries(history);
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
    this.updateLiveSeries(history);
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
    for (const [axisId, range] of axisRanges(history, from, to, this.options.indicators)) this.setRange(axisId, range);
  }

  private setRange(axisId: string, range: ValueRange): void {
    const axis = this.axis(axisId);
    const box = this.strips.get(axisId);
    if (axis === undefined || box === undefined) return;
    this.ranges.set(axisId, range);
    const count = (box.height * this.plot.height) / PRICE_TICK_PX;
    axis.options.tickPositions = [
      ...(this.fixedTicks.get(axisId) ?? valueTicks(range.low, range.high, Math.max(2, count))),
    ];
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
    for (const [id, points] of closedPoints(history, from, to, this.options.indicators.lines)) {
      this.series.get(id)?.setData([...points], false, false, false);
    }
  }

  private updateLiveSeries(history: CandleHistory): void {
    const points = formingPoints(history, this.options.indicators.lines, this.colours);
    for (const [id, series] of this.series) {
      if (id.endsWith('-live')) series.setData([...(points.get(id) ?? [])], false, false, false);
    }
  }
}

function clampBars(bars: number): number {
  return Math.max(MIN_BARS, Math.min(MAX_BARS, bars));
}
