import type { AlertEngine, CandleBuilder, CandleCounts, RebuildRequest } from '../../analysis/index.ts';
import type { BusBatch } from '../../bus/bus.ts';
import {
  type AlertRule,
  type Candle,
  type DeadLetter,
  LONGEST_DELAY_MS,
  providerDelayMs,
  type TradeEvent,
} from '../../market/index.ts';
import type { RoleContext } from '../role-context.ts';
import type { CalendarBook } from './calendar-book.ts';
import type { AnalysisCheckpoint, InputPositions } from './checkpoint-codec.ts';
import type { IndicatorBook, StaleSeries } from './indicator-book.ts';
import { Lane } from '../lane.ts';
import { OpenCandles } from './open-candles.ts';
import { Outbox } from './outbox.ts';

export interface PartitionParts {
  readonly calendars: CalendarBook;
  readonly builder: CandleBuilder;
  readonly indicators: IndicatorBook;
  readonly alerts: AlertEngine;
  readonly positions: InputPositions;
  /** As the last checkpoint has it; null without one. */
  readonly delayMs: number | null;
}

/** Every state of an open candle costs an object; of those that nobody would see none is made. */
const COLLECT_SPACING_MS = 50;

const PARTITION_GAUGES = ['retained_prints', 'waiting_amendments', 'pending_rebuilds', 'checkpoint_bytes'] as const;

/**
 * A candle that opens later than this after the watermark was made by a print with a false time: it waits for its time in the
 * builder, as each one after it would look like the past. Clocks may differ by as much before an open candle is late.
 */
const FALSE_AHEAD_MS = 600_000;

/** A rebuild reads what `persist` has written, so it waits until `persist` has passed the trade that asked for it. */
export interface PendingRebuild {
  readonly request: RebuildRequest;
  readonly neededOffset: number;
}

/**
 * Everything computed from one partition number of trades and bars. Steps run one at a time; what came in is in the state
 * before its results are published, so a publication that fails is repeated without computing anything again.
 */
export class PartitionAnalysis {
  readonly partition: number;
  readonly #context: RoleContext;
  readonly #parts: PartitionParts;
  readonly #outbox: Outbox;
  readonly #lane = new Lane();
  readonly #openCandles = new OpenCandles();
  readonly #positions: { trades: number | null; bars: number | null };
  #rebuilds: PendingRebuild[] = [];
  #reported: CandleCounts | null = null;
  #isReplayed: boolean;
  #delayMs: number | null;
  #collectedMs = Number.NEGATIVE_INFINITY;

  constructor(partition: number, context: RoleContext, parts: PartitionParts) {
    this.partition = partition;
    this.#context = context;
    this.#isReplayed = context.options.dataset.startsWith('replay-');
    this.#parts = parts;
    this.#delayMs = parts.delayMs;
    this.#positions = { ...parts.positions };
    this.#outbox = new Outbox(context.options.bus);
  }

  get positions(): InputPositions {
    return { ...this.#positions };
  }

  /** Whether this is a replay, of a recording of live trades too, whose time has nothing to do with the clock's. */
  get isReplayed(): boolean {
    return this.#isReplayed;
  }

  /**
   * How far behind the market its prints come: what the provider of the latest one holds back by contract. Until there is one the
   * longest there is, as a candle that is closed before its first print would be rebuilt with each of them.
   */
  get delayMs(): number {
    return this.#delayMs ?? LONGEST_DELAY_MS;
  }

  /** The log does not hold what was wanted; what it gives instead must not be taken for something already seen. */
  resumeAt(topic: keyof InputPositions, offset: number): void {
    this.#positions[topic] = offset;
  }

  /** Resolves when the batch is in the state and its results are acknowledged; a redelivered part is skipped. */
  apply(batch: BusBatch): Promise<void> {
    return this.#lane.run(async () => {
      if (batch.topic !== 'trades' && batch.topic !== 'bars') return;
      const from = this.#positions[batch.topic] ?? batch.firstOffset;
      if (batch.nextOffset > from) {
        await this.#parts.calendars.ensure(batch.records);
        if (batch.topic === 'trades') {
          for (const { offset, event } of batch.records) if (offset >= from) this.#addTradeEvent(event);
        } else {
          for (const { offset, event } of batch.records) if (offset >= from) this.#parts.builder.addBar(event);
          this.#refuse(batch, from);
        }
        const latest = batch.topic === 'trades' ? batch.records.at(-1)?.event : undefined;
        if (latest !== undefined) this.#delayMs = providerDelayMs(latest.provider);
        this.#isReplayed ||= batch.records.at(-1)?.event.source === 'replay';
        this.#positions[batch.topic] = batch.nextOffset;
        if (performance.now() - this.#collectedMs >= COLLECT_SPACING_MS) this.#collect();
      }
      await this.#outbox.publish();
    });
  }

  /** Lets time pass for quiet symbols and sends the open candles whose turn it is. */
  tick(watermarkMs: number | null, charted: ReadonlySet<string>): Promise<void> {
    return this.#lane.run(async () => {
      if (!this.#outbox.isEmpty) {
        await this.#outbox.publish();
        return;
      }
      if (watermarkMs !== null) this.#parts.builder.advanceTo(watermarkMs);
      this.#collect();
      this.#sendOpen(this.#openCandles.take(performance.now(), charted));
      await this.#outbox.publish();
    });
  }

  /** Closes every candle: nothing will follow. */
  finish(): Promise<void> {
    return this.tick(Number.POSITIVE_INFINITY, new Set());
  }

  /** The state and the positions that belong to it, once everything that follows from them is acknowledged. */
  checkpoint(): Promise<AnalysisCheckpoint> {
    return this.#lane.run(async () => {
      await this.#outbox.publish();
      this.#collect();
      this.#sendOpen(this.#openCandles.takeAll(performance.now()));
      await this.#outbox.publish();
      return {
        positions: this.positions,
        candles: this.#parts.builder.toState(),
        alerts: this.#parts.alerts.toState(),
        delayMs: this.#delayMs,
      };
    });
  }

  setRules(rules: readonly AlertRule[]): void {
    this.#parts.alerts.setRules(rules);
  }

  get pendingRebuilds(): readonly PendingRebuild[] {
    return this.#rebuilds;
  }

  /** Candles of minutes that had left memory, from what the store holds of them. */
  applyRebuild(
    rebuild: PendingRebuild,
    events: readonly TradeEvent[],
    backfillCandles: readonly Candle[],
  ): Promise<void> {
    return this.#lane.run(async () => {
      this.#rebuilds = this.#rebuilds.filter((pending) => pending !== rebuild);
      const outcome = this.#parts.builder.applyRebuild(rebuild.request, events, backfillCandles);
      this.#context.options.metrics.count('candle_rebuilds_total', { outcome });
      this.#collect();
      await this.#outbox.publish();
    });
  }

  /** Learns up to where the store must have come for each stale series, once all that made them stale is acknowledged. */
  noteCandlesEnd(): Promise<void> {
    return this.#lane.run(async () => {
      await this.#outbox.publish();
      const ends = await this.#context.options.bus.endOffsets('candles');
      this.#parts.indicators.noteEnd(ends[this.partition] ?? 0);
    });
  }

  get staleSeries(): readonly StaleSeries[] {
    return this.#parts.indicators.staleSeries;
  }

  /** Indicators of a series whose past has changed, from the candles as they stand now. */
  recompute(series: StaleSeries, warmUp: readonly Candle[], candles: readonly Candle[]): Promise<void> {
    return this.#lane.run(async () => {
      this.#outbox.add('indicators', this.#parts.indicators.recompute(series, warmUp, candles));
      await this.#outbox.publish();
    });
  }

  /** Counts since the last call go to the metrics. */
  report(): void {
    const { metrics } = this.#context.options;
    const counts = this.#parts.builder.counts();
    const before = this.#reported;
    const since = (name: Exclude<keyof CandleCounts, 'retainedPrints' | 'waitingAmendments'>): number =>
      Math.max(0, counts[name] - (before?.[name] ?? 0));
    metrics.count('duplicates_total', { stage: 'analyze' }, since('duplicates'));
    metrics.count('unknown_conditions_total', {}, since('unknownConditions'));
    metrics.count('bars_compared_total', {}, since('barsCompared'));
    metrics.count('bars_differing_total', {}, since('barsDiffering'));
    const partition = String(this.partition);
    metrics.gauge('retained_prints', { partition }, counts.retainedPrints);
    metrics.gauge('waiting_amendments', { partition }, counts.waitingAmendments);
    metrics.gauge('pending_rebuilds', { partition }, this.#rebuilds.length);
    this.#reported = counts;
  }

  /** Another process has the partition, and reports it: two would count it twice, the old one with what was then for ever. */
  forgetReport(): void {
    const partition = String(this.partition);
    for (const gauge of PARTITION_GAUGES) this.#context.options.metrics.forget(gauge, { partition });
  }

  #addTradeEvent(event: TradeEvent): void {
    const outcome = this.#parts.builder.add(event);
    if (outcome === 'deferred') this.#context.options.metrics.count('late_trades_total', { type: event.type });
    if (outcome !== 'duplicate' && event.type === 'trade')
      this.#outbox.add('alerts', this.#parts.alerts.onTrade(event));
  }

  #refuse(batch: Extract<BusBatch, { topic: 'bars' }>, from: number): void {
    const refused = batch.badRecords.filter((record) => record.offset >= from);
    const timeMs = this.#context.options.clock.now();
    const letters = refused.map((record): DeadLetter => ({
      origin: batch.topic,
      topic: batch.topic,
      partition: batch.partition,
      position: record.offset,
      reason: record.reason,
      payload: record.payload,
      timeMs,
    }));
    this.#outbox.add('dead-letters', letters);
  }

  #collect(): void {
    this.#collectedMs = performance.now();
    const { candles, rebuilds } = this.#parts.builder.drain();
    for (const request of rebuilds) {
      this.#rebuilds.push({ request, neededOffset: this.#positions.trades ?? 0 });
    }
    const falseFromMs = this.#parts.builder.watermarkMs + FALSE_AHEAD_MS;
    for (const candle of candles) {
      if (candle.openTimeMs >= falseFromMs) continue;
      if (!candle.isClosed) {
        this.#openCandles.put(candle);
        continue;
      }
      if (this.#openCandles.close(candle)) this.#context.options.metrics.count('revised_candles_total', {});
      this.#outbox.add('candles', [candle]);
      this.#applyToIndicators(candle);
    }
  }

  #sendOpen(candles: readonly Candle[]): void {
    this.#outbox.add('candles', candles);
    for (const candle of candles) this.#applyToIndicators(candle);
  }

  #applyToIndicators(candle: Candle): void {
    const set = this.#parts.indicators.update(candle);
    this.#outbox.add('alerts', this.#parts.alerts.onCandle(candle, set));
    if (set === null) return;
    if (candle.isClosed || this.#openCandles.isSetDue(candle, performance.now())) this.#outbox.add('indicators', [set]);
  }
}
