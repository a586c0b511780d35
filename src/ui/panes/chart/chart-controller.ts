import { type Interval, quotedDecimals } from '../../../market/index.ts';
import type { Terminal } from '../../data/terminal.ts';
import { formatCompact, formatPrice } from '../../format/numbers.ts';
import { type ClockZone, formatDay, formatLongDay, formatMinute } from '../../format/times.ts';
import { CandleHistory } from './candle-history.ts';
import { ChartCandles, type ChartState } from './chart-candles.ts';
import { ChartLegend } from './chart-legend.ts';
import { ChartOverlay, type Pointer } from './chart-overlay.ts';
import { ChartView } from './chart-view.ts';
import type { ChartIndicators } from './indicator-series.ts';

export interface ChartControllerOptions {
  readonly terminal: Terminal;
  readonly plot: HTMLElement;
  readonly overlay: HTMLElement;
  readonly symbol: string;
  readonly interval: Interval;
  readonly indicators: ChartIndicators;
  readonly decimals: () => number;
  /** Which zone a time of this chart is shown in; a day's candle is named by its exchange's day. */
  readonly zone: () => ClockZone;
  readonly onState: (state: ChartState) => void;
  readonly onLoadingOlder: (isLoading: boolean) => void;
}

/** Older candles are fetched when fewer than this are left beyond the left edge. */
const OLDER_MARGIN_BARS = 150;

/** One symbol at one interval: shows its candles as they move, and turns the pointer into crosshair, pan and zoom. */
export class ChartController {
  readonly view: ChartView;
  private readonly options: ChartControllerOptions;
  private readonly overlay: ChartOverlay;
  private readonly legend: ChartLegend;
  private readonly abort = new AbortController();
  private readonly history: CandleHistory;
  private readonly candles: ChartCandles;
  private readonly stopWatching: () => void;
  private pointer: Pointer | null = null;
  private dragFrom: { readonly x: number; readonly bars: number } | null = null;
  private drawQueued = false;
  /** A moment to be shown once it has been read. */
  private wishedMs: number | null = null;

  constructor(options: ChartControllerOptions) {
    this.options = options;
    const indicators = options.indicators.lines.map(({ key }) => key);
    this.history = new CandleHistory(indicators);
    this.overlay = new ChartOverlay(options.overlay);
    const decimals = () => quotedDecimals(this.history.close.at(-1) ?? Number.NaN, options.decimals());
    this.legend = new ChartLegend(options.overlay, options.indicators, decimals);
    this.view = new ChartView({
      container: options.plot,
      interval: options.interval,
      indicators: options.indicators,
      formatPrice: (value) => formatPrice(value, decimals()),
      formatVolume: formatCompact,
      zone: options.zone,
      onDraw: () => this.drawOverlay(),
    });
    const { terminal, symbol, interval } = options;
    this.candles = new ChartCandles({
      history: this.history,
      view: this.view,
      read: async (beforeMs, limit) =>
        terminal.requests().candles.range({ symbol, interval, beforeMs, limit, indicators: [...indicators] }),
      onState: options.onState,
      onLoadingOlder: options.onLoadingOlder,
      onProblem: (text) => terminal.notify({ key: 'chart', level: 'warning', text: `${symbol}: ${text}` }),
      onRead: () => {
        this.followWish();
        this.loadOlderIfNeeded();
      },
    });
    const request = { symbol, interval, indicators };
    this.stopWatching = terminal.feed.watchChart(request, (update) => this.candles.take(update));
    this.listen();
  }

  /** Reads the latest candles; again after every reconnect. */
  load(): Promise<void> {
    return this.candles.load();
  }

  pan(byBars: number): void {
    this.wishedMs = null;
    this.view.pan(byBars);
    this.loadOlderIfNeeded();
  }

  panByShare(share: number): void {
    this.pan(this.view.window.bars * share);
  }

  zoom(factor: number): void {
    this.view.zoom(factor, this.view.window.right);
    this.loadOlderIfNeeded();
  }

  /** Brings a moment, epoch ms, to the left part of the chart, reading back as far as it takes. */
  showTime(timeMs: number): void {
    this.wishedMs = timeMs;
    if (this.candles.isSettled) this.followWish();
  }

  showLatest(): void {
    this.wishedMs = null;
    this.view.showLatest();
  }

  dispose(): void {
    this.abort.abort();
    this.candles.close();
    this.stopWatching();
    this.view.destroy();
    this.legend.remove();
    this.options.overlay.replaceChildren();
  }

  private followWish(): void {
    const timeMs = this.wishedMs;
    const { history } = this;
    if (timeMs === null || history.length === 0) return;
    const found = history.openTimeMs.findIndex((openMs) => openMs >= timeMs);
    const index = found < 0 ? history.length - 1 : found;
    // At the first candle there may be more before it; the view stands at the edge, so that is read next.
    if (index > 0 || !history.hasMore) this.wishedMs = null;
    this.view.showFrom(history.firstPlace + index);
    this.loadOlderIfNeeded();
  }

  private loadOlderIfNeeded(): void {
    if (this.view.barsBeforeWindow() <= OLDER_MARGIN_BARS) this.candles.loadOlder();
  }

  private drawOverlay(): void {
    const { history, view, pointer } = this;
    this.overlay.drawBackfilled(view, history);
    this.overlay.drawLast(view, history);
    this.legend.place(view);
    const place = this.overlay.drawCrosshair(view, this.dragFrom === null ? pointer : null, (at) => this.timeText(at));
    const index = place === null ? history.length - 1 : history.indexOf(place);
    this.legend.show(history, Math.min(index, history.length - 1));
  }

  private timeText(place: number): string {
    const timeMs = this.history.openTimeMs[this.history.indexOf(place)];
    if (timeMs === undefined) return '';
    const zone = this.options.zone();
    if (this.options.interval === '1d') return formatLongDay(timeMs, zone);
    return `${formatDay(timeMs, zone)} ${formatMinute(timeMs, zone)}`;
  }

  /** Pointer moves come faster than frames; each frame draws the latest one. */
  private queueDraw(draw: () => void): void {
    if (this.drawQueued) return;
    this.drawQueued = true;
    const view = this.options.plot.ownerDocument.defaultView ?? window;
    view.requestAnimationFrame(() => {
      this.drawQueued = false;
      if (!this.abort.signal.aborted) draw();
    });
  }

  private listen(): void {
    const { overlay } = this.options;
    const options = { signal: this.abort.signal };
    const toPointer = (event: PointerEvent | WheelEvent | MouseEvent): Pointer => {
      const bounds = overlay.getBoundingClientRect();
      return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
    };
    overlay.addEventListener(
      'pointermove',
      (event) => {
        this.pointer = toPointer(event);
        const { dragFrom } = this;
        if (dragFrom === null) {
          this.queueDraw(() => this.drawOverlay());
          return;
        }
        this.queueDraw(() => {
          const bars = ((dragFrom.x - (this.pointer?.x ?? 0)) / this.view.plot.width) * this.view.window.bars;
          const from = this.dragFrom ?? dragFrom;
          this.dragFrom = { ...from, bars };
          this.pan(bars - from.bars);
        });
      },
      options,
    );
    overlay.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button !== 0) return;
        overlay.setPointerCapture(event.pointerId);
        this.dragFrom = { x: toPointer(event).x, bars: 0 };
      },
      options,
    );
    const endDrag = () => {
      this.dragFrom = null;
      this.queueDraw(() => this.drawOverlay());
    };
    overlay.addEventListener('pointerup', endDrag, options);
    overlay.addEventListener('pointercancel', endDrag, options);
    overlay.addEventListener(
      'pointerleave',
      () => {
        this.pointer = null;
        this.queueDraw(() => this.drawOverlay());
      },
      options,
    );
    overlay.addEventListener('dblclick', () => this.showLatest(), options);
    let wheelX = 0;
    let wheelY = 0;
    overlay.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
        if (isSideways) wheelX += event.shiftKey ? event.deltaY : event.deltaX;
        else wheelY += event.deltaY;
        const anchorX = toPointer(event).x;
        this.queueDraw(() => {
          const { view } = this;
          if (wheelY !== 0) view.zoom(Math.exp(Math.max(-240, Math.min(240, wheelY)) / 600), view.placeAt(anchorX));
          if (wheelX !== 0) view.pan((wheelX / view.plot.width) * view.window.bars);
          wheelX = 0;
          wheelY = 0;
          this.loadOlderIfNeeded();
        });
      },
      { ...options, passive: false },
    );
  }
}
