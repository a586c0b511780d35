import type { PartitionLag, TopicPartition } from '../../bus/bus.ts';
import type { RoleHealth } from '../../contract/index.ts';
import type { Clock } from '../../market/index.ts';
import type { Metrics, Role } from '../pipeline.ts';
import { LatencyWindow } from './latency-window.ts';
import { RateWindow } from './rate-window.ts';

const MEAN_OVER_BATCHES = 50;

/** What one role of this process does: counted once a batch, never once a record. */
export class RoleMeter {
  isStandby = false;
  readonly #role: Role;
  readonly #metrics: Metrics;
  readonly #rate: RateWindow;
  readonly #work: LatencyWindow;
  #meanRecords: number | null = null;
  #owned: ReadonlySet<number> = new Set();
  #lags = new Map<string, PartitionLag>();

  constructor(role: Role, wallClock: Clock, metrics: Metrics) {
    this.#role = role;
    this.#metrics = metrics;
    this.#rate = new RateWindow(wallClock);
    this.#work = new LatencyWindow(wallClock);
  }

  countBatch(records: number, workMs: number): void {
    const role = this.#role;
    this.#rate.add(records);
    this.#work.add(workMs);
    this.#meanRecords =
      this.#meanRecords === null ? records : this.#meanRecords + (records - this.#meanRecords) / MEAN_OVER_BATCHES;
    this.#metrics.observe('batch_records', { role }, records);
    this.#metrics.observe('batch_seconds', { role }, workMs / 1000);
  }

  setOwned(owned: readonly TopicPartition[]): void {
    this.#owned = new Set(owned.map(({ partition }) => partition));
    this.#metrics.gauge('owned_partitions', { role: this.#role }, this.#owned.size);
    this.setLag([...this.#lags.values()].filter(({ partition }) => this.#owned.has(partition)));
  }

  setLag(lags: readonly PartitionLag[]): void {
    const next = new Map(lags.map((lag) => [`${lag.topic}/${String(lag.partition)}`, lag]));
    for (const [key, lag] of this.#lags) {
      if (!next.has(key)) this.#metrics.forget('consumer_lag_records', this.#labels(lag));
    }
    for (const lag of lags) this.#metrics.gauge('consumer_lag_records', this.#labels(lag), behind(lag));
    this.#lags = next;
  }

  report(): Pick<RoleHealth, 'isStandby' | 'recordsPerSecond' | 'batchRecords' | 'batchMs' | 'partitions'> {
    const lags = new Map<number, number | null>([...this.#owned].map((partition) => [partition, null]));
    for (const lag of this.#lags.values()) lags.set(lag.partition, (lags.get(lag.partition) ?? 0) + behind(lag));
    const batchMs = this.#work.percentiles();
    return {
      isStandby: this.isStandby,
      recordsPerSecond: this.#rate.perSecond(),
      batchRecords: batchMs === null ? null : this.#meanRecords,
      batchMs,
      partitions: [...lags].map(([partition, lag]) => ({ partition, lag })).sort((a, b) => a.partition - b.partition),
    };
  }

  #labels({ topic, partition }: PartitionLag): { role: string; topic: string; partition: string } {
    return { role: this.#role, topic, partition: String(partition) };
  }
}

function behind({ endOffset, position }: PartitionLag): number {
  return Math.max(0, endOffset - position);
}
