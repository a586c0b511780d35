import type { HostReport, LatencyStage, PipelineHealth, StageLatency } from '../../contract/index.ts';
import { type Clock, isReplayDataset, type TradeEvent } from '../../market/index.ts';
import type { PipelineOptions, Role } from '../pipeline.ts';
import { LatencyWindow } from './latency-window.ts';
import { RoleMeter } from './role-meter.ts';

/** A trade so old when it comes is history (a snapshot of a quiet symbol), and no measure of the way it took. */
const HISTORY_AFTER_MS = 600_000;

/** The two times that a trade brings along, by the pipeline's clock. */
export type TradeTimes = Pick<TradeEvent, 'timeMs' | 'receivedMs'>;

/** What this process measures of itself: stages of the way of a trade, roles, queues. */
export class HealthRecorder {
  readonly basis: PipelineHealth['basis'];
  feedReconnects = 0;
  screens = 0;
  readonly #needs: Pick<PipelineOptions, 'clock' | 'metrics'>;
  readonly #wallClock: Clock;
  readonly #rate: number;
  readonly #stages = new Map<LatencyStage, LatencyWindow>();
  readonly #roles = new Map<Role, RoleMeter>();
  readonly #queues = new Map<string, HostReport['queues'][number]>();

  constructor(options: Pick<PipelineOptions, 'clock' | 'metrics' | 'bus' | 'dataset'>, wallClock: Clock) {
    this.#needs = options;
    this.#wallClock = wallClock;
    this.#rate = options.clock.rate ?? 1;
    this.basis = basisOf(options);
  }

  role(role: Role): RoleMeter {
    let meter = this.#roles.get(role);
    if (meter === undefined) {
      meter = new RoleMeter(role, this.#wallClock, this.#needs.metrics);
      this.#roles.set(role, meter);
    }
    return meter;
  }

  setQueue(name: string, length: number, capacity: number | null): void {
    const known = this.#queues.get(name);
    this.#queues.set(name, { name, length, capacity });
    this.#needs.metrics.gauge('queue_length', { queue: name }, length);
    if (capacity !== null && known === undefined) {
      this.#needs.metrics.gauge('queue_capacity', { queue: name }, capacity);
    }
  }

  /** Real milliseconds. */
  addStage(stage: LatencyStage, latencyMs: number): void {
    let window = this.#stages.get(stage);
    if (window === undefined) {
      window = new LatencyWindow(this.#wallClock);
      this.#stages.set(stage, window);
    }
    window.add(latencyMs);
    this.#needs.metrics.observe('stage_latency_seconds', { stage }, Math.max(0, latencyMs) / 1000);
  }

  /** From the receipt of a trade until now; nothing where its receipt was by another clock than ours. */
  addSinceReceipt(stage: Extract<LatencyStage, `ingest_to_${string}`>, trade: TradeTimes | undefined): void {
    if (trade === undefined || this.basis === 'none') return;
    this.addStage(stage, (this.#needs.clock.now() - trade.receivedMs) / this.#rate);
  }

  addFromExchange(stage: 'exchange_to_ingest' | 'exchange_to_screen', trade: TradeTimes | undefined): void {
    if (trade === undefined || this.basis !== 'exchange') return;
    if (trade.receivedMs - trade.timeMs > HISTORY_AFTER_MS) return;
    const endMs = stage === 'exchange_to_ingest' ? trade.receivedMs : this.#needs.clock.now();
    this.addStage(stage, endMs - trade.timeMs);
  }

  /** How long a trade has been under way, as far back as can be told; null where that cannot be told at all. */
  ageMs(trade: TradeTimes): number | null {
    if (this.basis === 'none') return null;
    const isFromExchange = this.basis === 'exchange' && trade.receivedMs - trade.timeMs <= HISTORY_AFTER_MS;
    const sinceMs = isFromExchange ? trade.timeMs : trade.receivedMs;
    return Math.max(0, (this.#needs.clock.now() - sinceMs) / this.#rate);
  }

  stages(): readonly StageLatency[] {
    return [...this.#stages].flatMap(([stage, window]) => {
      const percentiles = window.percentiles();
      const skewMs = window.skewMs();
      this.#needs.metrics.gauge('clock_skew_seconds', { stage }, skewMs / 1000);
      return percentiles === null ? [] : [{ stage, ...percentiles, skewMs }];
    });
  }

  queues(): HostReport['queues'] {
    return [...this.#queues.values()];
  }
}

/**
 * A replay brings the receipts of another day. A clock that does not run as time does tells the exchange's time and ours alike, but
 * starts anew in every process.
 */
function basisOf({ clock, bus, dataset }: Pick<PipelineOptions, 'clock' | 'bus' | 'dataset'>): PipelineHealth['basis'] {
  if (isReplayDataset(dataset)) return 'none';
  if (clock.rate === undefined) return 'exchange';
  return bus.isShared ? 'none' : 'receipt';
}
