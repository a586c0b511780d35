import { type FeedEnd, loadFeedEnd } from '../feed-end.ts';
import { positionKey } from '../positions.ts';
import type { RoleContext } from '../role-context.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { PartitionAnalysis } from './partition-analysis.ts';

/** Under this name a partition says that it has closed every candle of a finite feed. */
export const ANALYZE_END_CONSUMER = 'analyze-end';

/** Closes the last candles of a replay: no clock will, because its time is not ours. */
export class EndWatch {
  readonly #context: RoleContext;
  readonly #keeper: CheckpointKeeper;
  readonly #finished = new Map<PartitionAnalysis, string>();

  constructor(context: RoleContext, keeper: CheckpointKeeper) {
    this.#context = context;
    this.#keeper = keeper;
  }

  async check(analyses: readonly PartitionAnalysis[]): Promise<void> {
    const { store, bus } = this.#context.options;
    if (!analyses.some((analysis) => analysis.isReplayed)) return;
    const end = await loadFeedEnd(store, bus);
    if (end === null) return;
    const name = JSON.stringify(end);
    for (const analysis of analyses) {
      if (this.#finished.get(analysis) === name || !hasReached(analysis, end)) continue;
      if (analysis.pendingRebuilds.length > 0) continue;
      if (await this.#wasFinished(analysis.partition, end)) {
        this.#finished.set(analysis, name);
        continue;
      }
      await analysis.finish();
      if (analysis.pendingRebuilds.length > 0) continue;
      if (!(await this.#keeper.save(analysis))) continue;
      const { partition } = analysis;
      await this.#keeper.storePosition(
        ANALYZE_END_CONSUMER,
        { topic: 'trades', partition },
        end.trades[partition] ?? 0,
      );
      await this.#keeper.storePosition(ANALYZE_END_CONSUMER, { topic: 'bars', partition }, end.bars[partition] ?? 0);
      this.#finished.set(analysis, name);
    }
  }

  /** In an earlier run: closing again would make everything late that a grown file may still bring. */
  async #wasFinished(partition: number, end: FeedEnd): Promise<boolean> {
    const { bus, store } = this.#context.options;
    for (const topic of ['trades', 'bars'] as const) {
      const stored = await store.position(positionKey(bus, ANALYZE_END_CONSUMER, { topic, partition }));
      if (stored === null || stored < (end[topic][partition] ?? 0)) return false;
    }
    return true;
  }
}

function hasReached(analysis: PartitionAnalysis, end: FeedEnd): boolean {
  const { positions, partition } = analysis;
  return (positions.trades ?? 0) >= (end.trades[partition] ?? 0) && (positions.bars ?? 0) >= (end.bars[partition] ?? 0);
}
