import { type ChartUpdate, type ClientMessage, encodeFrame } from '../../contract/index.ts';
import type { Candle } from '../../market/index.ts';
import type { HealthRecorder, TradeTimes } from '../health/health-recorder.ts';
import type { DeskSession } from '../pipeline.ts';
import type { ChartSeries } from './chart-series.ts';
import { frameRows } from './frame-rows.ts';
import type { LatestTable } from './latest-table.ts';
import type { SymbolState } from './symbol-state.ts';

const FRAME_SPACING_MS = 16;
const HIDDEN_SPACING_MS = 1_000;
/** By then `persist` has written what came over the bus before. */
const SETTLE_MS = 3_000;
const MAX_SYMBOLS = 5_000;
const MAX_CHARTS = 32;

type WatchMessage = Extract<ClientMessage, { type: 'watch' }>;
export type ChartWish = WatchMessage['charts'][number];

export interface DeskSessionNeeds {
  readonly table: LatestTable;
  readonly health: Pick<HealthRecorder, 'addStage' | 'addSinceReceipt' | 'addFromExchange'>;
  /** Makes sure that these symbols have a state from the store. */
  readonly prime: (symbols: readonly string[]) => void;
  readonly openChart: (wish: ChartWish, onReady: () => void) => ChartSeries;
  /** Tells the desk which symbols are on charts now. */
  readonly onCharts: () => void;
  readonly onClose: (session: CoalescingSession) => void;
}

/**
 * One client. Between frames it remembers which symbols changed, not what they changed to, so a client that never
 * acknowledges costs as much memory as it watches symbols.
 */
export class CoalescingSession implements DeskSession {
  readonly #needs: DeskSessionNeeds;
  readonly #send: (frame: ArrayBuffer) => void;
  readonly #unsubscribe: () => void;
  #states: SymbolState[] = [];
  #indexes = new Map<SymbolState, number>();
  #isDirty = new Uint8Array(0);
  #dirty = new Uint32Array(0);
  #dirtyCount = 0;
  #charts: ChartSeries[] = [];
  #generation = 0;
  #sequence = 0;
  #inFlight: number | null = null;
  /** The trade that has waited longest for a frame, and the one of the frame in flight. */
  #waitingTrade: TradeTimes | null = null;
  #tradeInFlight: TradeTimes | null = null;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #isHidden = false;
  #timer: NodeJS.Timeout | null = null;
  readonly #settleTimers = new Map<ChartSeries, NodeJS.Timeout>();
  #isClosed = false;

  constructor(needs: DeskSessionNeeds, send: (frame: ArrayBuffer) => void) {
    this.#needs = needs;
    this.#send = send;
    this.#unsubscribe = needs.table.onChange((state) => this.#markState(state));
  }

  get chartSymbols(): readonly string[] {
    return this.#charts.map((chart) => chart.symbol);
  }

  receive(message: ClientMessage): void {
    if (this.#isClosed) return;
    switch (message.type) {
      case 'watch':
        this.#watch(message);
        break;
      case 'acknowledge':
        if (message.sequence !== this.#inFlight) break;
        this.#inFlight = null;
        if (message.paintMs >= 0 && !this.#isHidden) this.#measure();
        this.#schedule();
        break;
      case 'visibility':
        this.#isHidden = message.isHidden;
        if (this.#timer !== null) clearTimeout(this.#timer);
        this.#timer = null;
        this.#schedule();
    }
  }

  /** Called with one trade of a batch; of those that came since the last frame the first is followed to the screen. */
  followTrade(state: SymbolState | undefined, trade: TradeTimes): void {
    if (this.#waitingTrade === null && state !== undefined && this.#indexes.has(state)) this.#waitingTrade = trade;
  }

  /** Called for every candle on the bus. */
  applyCandle(candle: Candle): void {
    for (const chart of this.#charts) if (chart.apply(candle)) this.#schedule();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const timer of this.#settleTimers.values()) clearTimeout(timer);
    this.#settleTimers.clear();
    this.#charts = [];
    this.#needs.onClose(this);
  }

  #watch(message: WatchMessage): void {
    const symbols = message.symbols.slice(0, MAX_SYMBOLS);
    this.#generation = message.generation;
    this.#states = symbols.map((symbol) => this.#needs.table.ensure(symbol));
    this.#indexes = new Map(this.#states.map((state, index) => [state, index]));
    this.#isDirty = new Uint8Array(symbols.length);
    this.#dirty = new Uint32Array(symbols.length);
    this.#dirtyCount = 0;
    for (const state of this.#indexes.keys()) this.#markState(state);
    this.#needs.prime(symbols);
    const before = this.#charts;
    this.#charts = message.charts
      .slice(0, MAX_CHARTS)
      .map(
        (wish) => before.find((chart) => chart.matches(wish)) ?? this.#needs.openChart(wish, () => this.#schedule()),
      );
    // A frame of the old generation will be dropped by the client, acknowledged or not.
    this.#inFlight = null;
    this.#needs.onCharts();
    this.#schedule();
  }

  #markState(state: SymbolState): void {
    const index = this.#indexes.get(state);
    if (index === undefined || this.#isDirty[index] === 1) return;
    this.#isDirty[index] = 1;
    this.#dirty[this.#dirtyCount++] = index;
    if (this.#timer === null) this.#schedule();
  }

  #schedule(): void {
    if (this.#isClosed || this.#timer !== null || this.#inFlight !== null) return;
    if (this.#dirtyCount === 0 && !this.#charts.some((chart) => chart.hasUpdate)) return;
    const spacingMs = this.#isHidden ? HIDDEN_SPACING_MS : FRAME_SPACING_MS;
    const waitMs = Math.max(0, this.#lastSentMs + spacingMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, waitMs);
  }

  #flush(): void {
    if (this.#isClosed || this.#inFlight !== null) return;
    const rowCount = this.#dirtyCount;
    const charts: ChartUpdate[] = [];
    for (const chart of this.#charts) {
      const update = chart.takeUpdate(() => this.#settleLater(chart));
      if (update !== null) charts.push(update);
    }
    if (rowCount === 0 && charts.length === 0) return;
    const rows = frameRows(this.#states, this.#dirty, rowCount);
    this.#isDirty.fill(0);
    this.#dirtyCount = 0;
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#inFlight = this.#sequence;
    this.#tradeInFlight = this.#waitingTrade;
    this.#waitingTrade = null;
    this.#lastSentMs = performance.now();
    this.#send(encodeFrame({ sequence: this.#sequence, generation: this.#generation, rowCount, rows, charts }));
  }

  /** The way back of the acknowledgement is part of it. */
  #measure(): void {
    this.#needs.health.addStage('desk_to_screen', performance.now() - this.#lastSentMs);
    if (this.#tradeInFlight === null) return;
    this.#needs.health.addSinceReceipt('ingest_to_screen', this.#tradeInFlight);
    this.#needs.health.addFromExchange('exchange_to_screen', this.#tradeInFlight);
  }

  #settleLater(chart: ChartSeries): void {
    clearTimeout(this.#settleTimers.get(chart));
    const timer = setTimeout(() => {
      this.#settleTimers.delete(chart);
      chart.settle();
      this.#schedule();
    }, SETTLE_MS);
    this.#settleTimers.set(chart, timer);
  }
}
