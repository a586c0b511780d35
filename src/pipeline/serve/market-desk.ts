import type { AlertRuleInput, CandleColumns, ServerEvent } from '../../contract/index.ts';
import type { BusBatch } from '../../bus/bus.ts';
import {
  type Alert,
  type AlertRule,
  type Candle,
  type Instrument,
  TapedeckError,
  type TradeEvent,
} from '../../market/index.ts';
import type { CandleRangeRequest, Desk, DeskSession, FoundInstrument, LatestQuote } from '../pipeline.ts';
import { InstrumentDirectory } from '../instrument-directory.ts';
import { retry } from '../retry.ts';
import type { RoleContext } from '../role-context.ts';
import { AlertRuleBook } from './alert-rule-book.ts';
import { CandleCache } from './candle-cache.ts';
import { CandleHistory } from './candle-history.ts';
import { ChartSeries } from './chart-series.ts';
import { type ChartWish, CoalescingSession } from './desk-session.ts';
import { DeskSubscriptions } from './desk-subscriptions.ts';
import { LatestTable } from './latest-table.ts';
import { SeenSymbols } from './seen-symbols.ts';
import { SparklineBook } from './sparkline-book.ts';
import { SymbolPrimer } from './symbol-primer.ts';
import type { SymbolState } from './symbol-state.ts';

/** Alerts that may not be stored yet. */
const KEPT_ALERTS = 200;

/** What the `serve` role knows, and how desks ask for it. */
export class MarketDesk implements Desk {
  readonly #context: RoleContext;
  readonly #table = new LatestTable();
  readonly #cache = new CandleCache();
  readonly #seen = new SeenSymbols();
  readonly #history: CandleHistory;
  readonly #sparklines: SparklineBook;
  readonly #primer: SymbolPrimer;
  readonly #directory: InstrumentDirectory;
  readonly #subscriptions: DeskSubscriptions;
  readonly #rules: AlertRuleBook;
  readonly #sessions = new Set<CoalescingSession>();
  readonly #listeners = new Set<(event: ServerEvent) => void>();
  readonly #closing = new AbortController();
  #recentAlerts: Alert[] = [];

  constructor(context: RoleContext) {
    const { store, feed } = context.options;
    this.#context = context;
    this.#history = new CandleHistory(store, this.#cache);
    this.#sparklines = new SparklineBook(this.#history);
    this.#primer = new SymbolPrimer(context, this.#table, this.#history);
    this.#directory = new InstrumentDirectory(feed, store);
    this.#subscriptions = new DeskSubscriptions(context);
    this.#rules = new AlertRuleBook(context);
  }

  openSession(send: (frame: ArrayBuffer) => void): DeskSession {
    const session = new CoalescingSession(
      {
        table: this.#table,
        health: this.#context.health,
        prime: (symbols) => this.#primer.prime(symbols),
        openChart: (wish, onReady) => this.#openChart(wish, onReady),
        onCharts: () => this.#leaseCharts(),
        onClose: (closed) => {
          this.#sessions.delete(closed);
          this.#countScreens();
          this.#leaseCharts();
        },
      },
      send,
    );
    this.#sessions.add(session);
    this.#countScreens();
    return session;
  }

  onEvent(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async watchSymbols(symbols: readonly string[]): Promise<void> {
    this.#primer.prime(symbols);
    await this.#subscriptions.watch(symbols);
  }

  seenSymbols(): readonly string[] {
    return this.#seen.list();
  }

  onSeenSymbols(listener: () => void): () => void {
    return this.#seen.onAdded(listener);
  }

  latestQuotes(symbols: readonly string[] | null): readonly LatestQuote[] {
    if (symbols === null) return [...this.#table.all()].map(toLatestQuote);
    const states = symbols.map((symbol) => this.#table.get(symbol));
    return states.filter((state) => state !== undefined).map(toLatestQuote);
  }

  candleRange(request: CandleRangeRequest): Promise<CandleColumns> {
    return this.#history.range(request);
  }

  sparklines(symbols: readonly string[], points: number): Promise<Readonly<Record<string, readonly number[]>>> {
    return this.#sparklines.read(symbols, points);
  }

  searchInstruments(query: string, limit: number): Promise<readonly Instrument[]> {
    return this.#directory.search(query, limit);
  }

  findInstrument(symbol: string): Promise<FoundInstrument> {
    return this.#directory.find(symbol);
  }

  /** Newest first. */
  async recentAlerts(limit: number, symbol: string | null): Promise<readonly Alert[]> {
    const stored = await this.#context.options.store.alerts({ symbol, fromMs: null, toMs: null, limit });
    const byId = new Map(stored.map((alert) => [alert.id, alert]));
    for (const alert of this.#recentAlerts) {
      if (symbol === null || alert.symbol === symbol) byId.set(alert.id, alert);
    }
    return [...byId.values()].sort((a, b) => b.timeMs - a.timeMs).slice(0, limit);
  }

  alertRules(): Promise<readonly AlertRule[]> {
    return this.#rules.list();
  }

  saveAlertRule(input: AlertRuleInput): Promise<AlertRule> {
    return this.#rules.save(input);
  }

  removeAlertRule(id: string): Promise<boolean> {
    return this.#rules.remove(id);
  }

  /** Reads the last prices of everything that the store knows, before the first desk asks. */
  async prime(): Promise<void> {
    const symbols = await this.#context.options.store.symbolsWithCandles();
    this.#seen.add(symbols);
    this.#primer.prime(symbols);
  }

  /** Takes in what came over the bus. */
  apply(batch: BusBatch): void {
    switch (batch.topic) {
      case 'trades':
        this.#applyEach(batch.records, (state, event) => state.applyTradeEvent(event));
        this.#follow(batch.records[0]?.event);
        break;
      case 'quotes':
        this.#applyEach(batch.records, (state, event) => state.applyQuote(event));
        break;
      case 'statuses':
        this.#applyEach(batch.records, (state, event) => state.applyStatus(event));
        break;
      case 'candles':
        for (const { event } of batch.records) this.#applyCandle(event);
        break;
      case 'alerts':
        for (const { event } of batch.records) this.#applyAlert(event);
        break;
      case 'control':
        if (batch.records.some((record) => record.event.kind === 'alert-rules-changed')) void this.#emitRules();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const session of this.#sessions) session.close();
    await Promise.all([this.#primer.close(), this.#subscriptions.close()]);
    this.#listeners.clear();
    this.#seen.close();
  }

  #applyEach<E extends { readonly symbol: string }>(
    records: readonly { readonly event: E }[],
    apply: (state: SymbolState, event: E) => boolean,
  ): void {
    for (const { event } of records) {
      const state = this.#table.ensure(event.symbol);
      if (apply(state, event)) this.#table.changed(state);
      if (!this.#seen.has(event.symbol)) this.#seen.add([event.symbol]);
    }
  }

  #follow(trade: TradeEvent | undefined): void {
    if (trade === undefined) return;
    const state = this.#table.get(trade.symbol);
    for (const session of this.#sessions) session.followTrade(state, trade);
  }

  #countScreens(): void {
    this.#context.health.screens = this.#sessions.size;
    this.#context.options.metrics.gauge('screens', {}, this.#sessions.size);
  }

  #applyCandle(candle: Candle): void {
    this.#cache.add(candle);
    this.#sparklines.apply(candle);
    const state = this.#table.ensure(candle.symbol);
    if (state.applyCandle(candle)) this.#table.changed(state);
    if (!this.#seen.has(candle.symbol)) this.#seen.add([candle.symbol]);
    for (const session of this.#sessions) session.applyCandle(candle);
  }

  #applyAlert(alert: Alert): void {
    if (this.#recentAlerts.some((seen) => seen.id === alert.id)) return;
    this.#recentAlerts.push(alert);
    if (this.#recentAlerts.length > KEPT_ALERTS) this.#recentAlerts.shift();
    this.emit({ type: 'alert', alert });
  }

  async #emitRules(): Promise<void> {
    try {
      this.emit({ type: 'alert-rules', rules: [...(await this.#rules.list())] });
    } catch (cause) {
      this.#context.errors.report({
        scope: 'serve',
        error: cause,
        outcome: 'retried',
        what: 'could not read the alert rules',
      });
    }
  }

  #openChart(wish: ChartWish, onReady: () => void): ChartSeries {
    const chart = new ChartSeries(wish);
    void this.#seed(chart, onReady);
    return chart;
  }

  /** Until the store answers, the chart waits; its client has been told why. */
  async #seed(chart: ChartSeries, onReady: () => void): Promise<void> {
    const { symbol } = chart;
    try {
      await retry({
        work: () => chart.seed(this.#history),
        signal: this.#closing.signal,
        onFailure: (error, attempt) => {
          this.#context.errors.report({
            scope: 'serve',
            error,
            outcome: 'skipped',
            what: 'could not read the candles of a chart',
            fields: { symbol },
          });
          if (attempt > 0) return;
          this.emit({ type: 'notice', level: 'warning', text: error.userMessage, key: `chart:${symbol}` });
        },
      });
    } catch (cause) {
      this.#context.log.debug({ symbol, reason: TapedeckError.from(cause).message }, 'a chart was given up');
      return;
    }
    onReady();
  }

  #leaseCharts(): void {
    const symbols = [...this.#sessions].flatMap((session) => session.chartSymbols);
    this.#subscriptions.chart(symbols).catch((cause: unknown) => {
      this.#context.errors.report({
        scope: 'serve',
        error: cause,
        outcome: 'retried',
        what: 'could not lease the symbols on charts',
      });
    });
  }
}

function toLatestQuote(state: SymbolState): LatestQuote {
  return {
    symbol: state.symbol,
    trade: state.trade,
    quote: state.quote,
    open: state.get('open'),
    high: state.get('high'),
    low: state.get('low'),
    previousClose: state.get('previousClose'),
    volume: state.get('volume'),
  };
}
