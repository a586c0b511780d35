import { type ChartUpdate, type ClientMessage, decodeFrame } from '../../contract/index.ts';
import type { Interval } from '../../market/index.ts';
import { FrameScheduler, type FrameTimers } from './frame-scheduler.ts';
import { FLASH_MS, type TickStore } from './tick-store.ts';

export interface ChartRequest {
  readonly symbol: string;
  readonly interval: Interval;
  readonly indicators: readonly string[];
}

interface ChartSubscription extends ChartRequest {
  readonly chartId: number;
  readonly onUpdate: (update: ChartUpdate) => void;
}

interface FramePort {
  send(message: ClientMessage): void;
}

/** Frames of this many earlier `watch` messages are still understood, so that a change of lists loses no price. */
const REMEMBERED_GENERATIONS = 8;

/**
 * What this window wants to see, and what came of it. Panes take an interest in symbols and charts; the union is told to
 * the host; frames go into the tick store and to the charts, once an animation frame, and are acknowledged after the paint.
 */
export class MarketFeed {
  private readonly ticks: TickStore;
  private readonly scheduler: FrameScheduler;
  private readonly timers: FrameTimers;
  private readonly now: () => number;
  private readonly interest = new Map<string, number>();
  private readonly charts = new Map<number, ChartSubscription>();
  private readonly slotsByGeneration = new Map<number, Int32Array>();
  private port: FramePort | null = null;
  private generation = 0;
  /** Frames of earlier generations show what another pipeline knew. */
  private firstGeneration = 0;
  private nextChartId = 1;
  private isWatchQueued = false;
  private isFlashTimerSet = false;
  private waiting: { sequence: number; receivedMs: number; charts: readonly ChartUpdate[] } | null = null;
  /** Frames that could not be read since the start. */
  badFrames = 0;
  /** Receipt to paint of the latest frame, ms. */
  paintMs = 0;

  constructor(ticks: TickStore, timers: FrameTimers, now: () => number) {
    this.ticks = ticks;
    this.timers = timers;
    this.now = now;
    this.scheduler = new FrameScheduler(() => this.flush(), timers);
  }

  /** Tells a fresh pipeline everything that is wanted; what the one before has said reaches no row and no chart any more. */
  attach(port: FramePort): void {
    this.detach();
    this.port = port;
    this.sendWatch();
    port.send({ type: 'visibility', isHidden: this.timers.isHidden() });
  }

  /** Frames come another way than the news that their pipeline is gone, so one may still follow: nothing of it is taken. */
  detach(): void {
    this.port = null;
    this.waiting = null;
    this.firstGeneration = this.generation + 1;
  }

  watchSymbols(symbols: readonly string[]): () => void {
    for (const symbol of symbols) this.interest.set(symbol, (this.interest.get(symbol) ?? 0) + 1);
    this.queueWatch();
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      for (const symbol of symbols) {
        const count = (this.interest.get(symbol) ?? 0) - 1;
        if (count > 0) this.interest.set(symbol, count);
        else this.interest.delete(symbol);
      }
      this.queueWatch();
    };
  }

  watchChart(request: ChartRequest, onUpdate: (update: ChartUpdate) => void): () => void {
    const chartId = this.nextChartId++;
    this.charts.set(chartId, { ...request, chartId, onUpdate });
    this.queueWatch();
    return () => {
      this.charts.delete(chartId);
      this.queueWatch();
    };
  }

  receive(buffer: ArrayBuffer): void {
    let frame: ReturnType<typeof decodeFrame>;
    try {
      frame = decodeFrame(buffer);
    } catch {
      this.badFrames++;
      return;
    }
    if (frame.generation < this.firstGeneration) return;
    const receivedMs = this.now();
    const slots = this.slotsByGeneration.get(frame.generation);
    if (slots !== undefined) this.ticks.apply(frame.rows, frame.rowCount, slots, receivedMs);
    const earlier = this.waiting?.charts ?? [];
    this.waiting = { sequence: frame.sequence, receivedMs, charts: [...earlier, ...frame.charts] };
    this.scheduler.schedule();
  }

  /** For changes that did not come with a frame, such as rows going stale. */
  scheduleFlush(): void {
    this.scheduler.schedule();
  }

  visibilityChanged(): void {
    this.scheduler.visibilityChanged();
    this.port?.send({ type: 'visibility', isHidden: this.timers.isHidden() });
  }

  private flush(): void {
    const { waiting } = this;
    this.waiting = null;
    this.ticks.flush();
    if (waiting !== null) {
      for (const update of waiting.charts) this.charts.get(update.chartId)?.onUpdate(update);
      this.acknowledgeAfterPaint(waiting.sequence, waiting.receivedMs);
    }
    this.scheduleFlashEnd();
  }

  /** A timer set inside an animation frame fires after that frame was painted. */
  private acknowledgeAfterPaint(sequence: number, receivedMs: number): void {
    const { port } = this;
    this.timers.setTimer(() => {
      this.paintMs = this.now() - receivedMs;
      port?.send({ type: 'acknowledge', sequence, paintMs: this.paintMs });
    }, 0);
  }

  private scheduleFlashEnd(): void {
    if (this.isFlashTimerSet) return;
    if (!this.ticks.expireFlashes(this.now())) return;
    this.isFlashTimerSet = true;
    this.timers.setTimer(() => {
      this.isFlashTimerSet = false;
      this.ticks.expireFlashes(this.now());
      this.scheduler.schedule();
    }, FLASH_MS / 4);
  }

  private queueWatch(): void {
    if (this.isWatchQueued) return;
    this.isWatchQueued = true;
    queueMicrotask(() => {
      this.isWatchQueued = false;
      this.sendWatch();
    });
  }

  private sendWatch(): void {
    if (this.port === null) return;
    const symbols = [...this.interest.keys()];
    this.generation++;
    this.slotsByGeneration.set(
      this.generation,
      Int32Array.from(symbols, (symbol) => this.ticks.slotOf(symbol)),
    );
    this.slotsByGeneration.delete(this.generation - REMEMBERED_GENERATIONS);
    const charts = [...this.charts.values()].map(({ chartId, symbol, interval, indicators }) => ({
      chartId,
      symbol,
      interval,
      indicators,
    }));
    this.port.send({ type: 'watch', generation: this.generation, symbols, charts });
  }
}
