import type { ChartUpdate } from '../../../contract/index.ts';
import type { Interval } from '../../../market/index.ts';
import { describeError, type Terminal } from '../../data/terminal.ts';
import { formatCompact, formatPrice } from '../../format/numbers.ts';
import { type ClockZone, formatDay, formatLongDay, formatMinute } from '../../format/times.ts';
import { CandleHistory } from './candle-history.ts';
import { ChartLegend } from './chart-legend.ts';
import { ChartOverlay, type Pointer } from './chart-overlay.ts';
import { ChartView } from './chart-view.ts';
import type { ChartIndicators } from './indicator-series.ts';

export type ChartState =
  | { readonly phase: 'loading' | 'ready' | 'empty' }
  | { readonly phase: 'error'; readonly message: string };

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

const FIRST_LOAD = 700;
const OLDER_LOAD = 1_500;
const RETRY_MS = 5_000;
/** Older candles are fetched when fewer than this are left beyond the left edge. */
const OLDER_MARGIN_BARS = 150;

/** One symbol at one interval: loads its candles, keeps them moving, and turns the pointer into crosshair, pan and zoom. */
export class ChartController {
  readonly view: ChartView;
  private readonly options: ChartControllerOptions;
  private readonly overlay: ChartOverlay;
  private readonly legend: ChartLegend;
  private readonly abort = new AbortController();
  private readonly keys: readonly string[];
  private history: CandleHistory;
  private readonly stopWatching: () => void;
  private pending: ChartUpdate[] | null = [];
  private pointer: Pointer | null = null;
  private dragFrom: { readonly x: number; readonly bars: number } | null = null;
  private isLoadingOlder = false;
  private loads = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private drawQueued = false;
  /** A moment to be shown once it has been read. */
  private wishedMs: number | null = null;

  constructor(options: ChartControllerOptions) {
    this.options = options;
    this.keys = options.indicators.lines.map(({ key }) => key);
    this.history = new CandleHistory(this.keys);
    this.overlay = new ChartOverlay(options.overlay);
    this.legend = new ChartLegend(options.overlay, options.indicators, options.decimals);
    this.view = new ChartView({
      container: options.plot,
      interval: options.interval,
      indicators: options.indicators,
      formatPrice: (value) => formatPrice(value, options.decimals()),
      formatVolume: formatCompact,
      zone: options.zone,
      onDraw: () => this.drawOverlay(),
    });
    const { symbol, interval } = options;
    const request = { symbol, interval, indicators: this.keys };
    this.stopWatching = options.terminal.feed.watchChart(request, (update) => this.onUpdate(update));
    this.listen();
  }

  /** Reads the latest candles; again after every reconnect. */
  async load(isAsked = true): Promise<void> {
    const { terminal, onState, symbol, interval } = this.options;
    const load = ++this.loads;
    clearTimeout(this.retryTimer);
    const isFirst = this.history.length === 0;
    // A retry leaves the reason on screen until it is known to be better.
    if (isFirst && isAsked) onState({ phase: 'loading' });
    this.pending ??= [];
    try {
      const columns = await terminal
        .requests()
        .candles.range({ symbol, interval, beforeMs: null, limit: FIRST_LOAD, indicators: [...this.keys] });
      if (load !== this.loads || this.abort.signal.aborted) return;
      const hadLast = this.history.lastPlace;
      const places = this.history.load(columns);
      for (const update of this.pending ?? []) this.history.applyUpdate(update);
      this.pending = null;
      onState({ phase: this.history.length === 0 ? 'empty' : 'ready' });
      if (isFirst) this.view.show(this.history);
      else if (places === 'moved') this.view.showLatest();
      else {
        this.view.candlesChanged(hadLast);
        // What the window showed may be gone.
        if (places === 'anchored') this.view.pan(0);
      }
      this.followWish();
      this.loadOlderIfNeeded();
    } catch (error) {
      if (load !== this.loads || this.abort.signal.aborted) return;
      if (isFirst) {
        onState({ phase: 'error', message: describeError(error) });
        this.retryTimer = setTimeout(() => void this.load(false), RETRY_MS);
      } else
        terminal.notify({
          key: 'chart',
          level: 'warning',
          text: `${symbol} was not reloaded: ${describeError(error)}`,
        });
    }
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
    if (this.pending === null) this.followWish();
  }

  showLatest(): void {
    this.wishedMs = null;
    this.view.showLatest();
  }

  dispose(): void {
    this.abort.abort();
    clearTimeout(this.retryTimer);
    this.stopWatching();
    this.view.destroy();
    this.legend.remove();
    this.options.overlay.replaceChildren();
  }

  private onUpdate(update: ChartUpdate): void {
    if (this.pending !== null) {
      // Values are views into a frame's buffer, which is this window's to keep.
      this.pending.push(update);
      return;
    }
    if (update.needsReload) {
      void this.load();
      return;
    }
    const hadLast = this.history.lastPlace;
    const wasEmpty = this.history.length === 0;
    const { added, changedOlder } = this.history.applyUpdate(update);
    if (wasEmpty && this.history.length > 0) {
      this.options.onState({ phase: 'ready' });
      this.view.show(this.history);
    } else if (added || changedOlder) this.view.candlesChanged(hadLast);
    else this.view.lastChanged();
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
    const { history } = this;
    if (this.isLoadingOlder || !history.hasMore || history.length === 0 || this.pending !== null) return;
    if (this.view.barsBeforeWindow() > OLDER_MARGIN_BARS) return;
    this.isLoadingOlder = true;
    this.options.onLoadingOlder(true);
    void this.loadOlder(history);
  }

  private async loadOlder(history: CandleHistory): Promise<void> {
    const { terminal, symbol, interval, onLoadingOlder } = this.options;
    const beforeMs = history.openTimeMs[0] ?? null;
    try {
      const columns = await terminal
        .requests()
        .candles.range({ symbol, interval, beforeMs, limit: OLDER_LOAD, indicators: [...this.keys] });
      if (this.abort.signal.aborted || history !== this.history) return;
      history.prepend(columns);
      this.view.candlesChanged(history.lastPlace);
      this.followWish();
    } catch (error) {
      if (this.abort.signal.aborted) return;
      terminal.notify({ key: 'chart', level: 'warning', text: `Older candles were not read: ${describeError(error)}` });
    } finally {
      this.isLoadingOlder = false;
      if (!this.abort.signal.aborted) onLoadingOlder(false);
    }
    if (!this.abort.signal.aborted && history === this.history && history.length > 0) this.loadOlderIfNeeded();
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
