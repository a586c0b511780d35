import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw, type ZlibOptions } from 'node:zlib';
import type { PositionGaps } from '../position-gaps.ts';
import { positionKey, storePosition } from '../positions.ts';
import type { TopicPartition } from '../../bus/bus.ts';
import type { RoleContext } from '../role-context.ts';
import {
  type AnalysisCheckpoint,
  CHECKPOINT_VERSION,
  type InputPositions,
  decodeCheckpoint,
  encodeCheckpoint,
} from './checkpoint-codec.ts';
import type { PartitionAnalysis } from './partition-analysis.ts';

export const ANALYZE_CONSUMER = 'analyze';

const compress = promisify<Uint8Array, ZlibOptions, Uint8Array>(deflateRaw);
const decompress = promisify<Uint8Array, ZlibOptions, Uint8Array>(inflateRaw);
/** Every chunk is a turn of the event loop; the default of 16 KiB makes hundreds of one checkpoint. */
const LARGE_CHUNKS = { chunkSize: 1024 * 1024 };
const FASTEST = { ...LARGE_CHUNKS, level: constants.Z_BEST_SPEED };

/** A checkpoint may cost this share of the time between two; a large state is saved less often. */
const MAX_COST_SHARE = 0.05;

/** Saves and loads the state of partitions, and says where they stand. */
export class CheckpointKeeper {
  readonly #context: RoleContext;
  readonly #gaps: PositionGaps;
  readonly #notBeforeMs = new Map<number, number>();
  /** What the store said last, by partition; the next checkpoint must find the same. */
  readonly #expected = new Map<number, InputPositions>();

  constructor(context: RoleContext, gaps: PositionGaps) {
    this.#context = context;
    this.#gaps = gaps;
  }

  isDue(analysis: PartitionAnalysis): boolean {
    return performance.now() >= (this.#notBeforeMs.get(analysis.partition) ?? 0);
  }

  /**
   * False where another process has stored this partition since: its checkpoint stays. Whoever still owns the partition may
   * store the next one; who was paused and lost it has heard so by then, and loads it anew if it comes back.
   */
  async save(analysis: PartitionAnalysis): Promise<boolean> {
    const { bus, store, clock, metrics } = this.#context.options;
    const startedMs = performance.now();
    const checkpoint = await analysis.checkpoint();
    const state = await compress(encodeCheckpoint(checkpoint), FASTEST);
    const { partition } = analysis;
    const expected = this.#expected.get(partition) ?? (await this.#storedPositions(partition));
    const moves = (['trades', 'bars'] as const).flatMap((topic) => {
      const position = positionKey(bus, ANALYZE_CONSUMER, { topic, partition });
      const nextOffset = checkpoint.positions[topic];
      return nextOffset === null ? [] : { position, expectedOffset: expected[topic], nextOffset };
    });
    const isSaved = await store.saveCheckpoint(
      { key: this.#key(partition), savedMs: clock.now(), version: CHECKPOINT_VERSION, state },
      moves,
    );
    if (!isSaved) {
      metrics.count('position_conflicts_total', { topic: 'trades' });
      this.#context.log.warn({ partition }, 'another process has stored a checkpoint of this partition');
      this.#expected.delete(partition);
      return false;
    }
    const { trades, bars } = checkpoint.positions;
    this.#expected.set(partition, { trades: trades ?? expected.trades, bars: bars ?? expected.bars });
    const tookMs = performance.now() - startedMs;
    this.#notBeforeMs.set(partition, performance.now() + tookMs / MAX_COST_SHARE);
    metrics.observe('checkpoint_seconds', {}, tookMs / 1000);
    metrics.gauge('checkpoint_bytes', { partition: String(partition) }, state.length);
    return true;
  }

  /** Null where there is none, or none that can be read. */
  async load(partition: number): Promise<AnalysisCheckpoint | null> {
    const stored = await this.#storedPositions(partition);
    this.#expected.set(partition, stored);
    const checkpoint = await this.#context.options.store.loadCheckpoint(this.#key(partition));
    if (checkpoint === null || checkpoint.version !== CHECKPOINT_VERSION) return null;
    try {
      const decoded = decodeCheckpoint(await decompress(checkpoint.state, LARGE_CHUNKS));
      return { ...decoded, positions: this.#positionsHere(partition, decoded.positions, stored) };
    } catch (cause) {
      this.#context.errors.report({
        scope: 'analyze',
        error: cause,
        outcome: 'skipped',
        what: 'a checkpoint cannot be read',
        fields: { partition },
      });
      return null;
    }
  }

  /** For whoever wants to see from outside how far this role has come. */
  async storePosition(consumer: string, topicPartition: TopicPartition, offset: number): Promise<void> {
    const { bus, store } = this.#context.options;
    const key = positionKey(bus, consumer, topicPartition);
    const stored = await store.position(key);
    if (stored !== offset) await storePosition(store, key, stored, offset);
  }

  /**
   * A checkpoint is stored together with its positions: where there is one but not the other, the topic has been deleted
   * and made anew since, and nothing of it was read.
   */
  #positionsHere(partition: number, saved: InputPositions, stored: InputPositions): InputPositions {
    const here = { ...saved };
    for (const topic of ['trades', 'bars'] as const) {
      const position = saved[topic];
      if (position === null || stored[topic] !== null) continue;
      here[topic] = null;
      this.#gaps.record({ topic, partition }, position, 0);
    }
    return here;
  }

  async #storedPositions(partition: number): Promise<InputPositions> {
    const { bus, store } = this.#context.options;
    const [trades, bars] = await Promise.all(
      (['trades', 'bars'] as const).map((topic) =>
        store.position(positionKey(bus, ANALYZE_CONSUMER, { topic, partition })),
      ),
    );
    return { trades: trades ?? null, bars: bars ?? null };
  }

  #key(partition: number): string {
    return `analyze/${this.#context.options.bus.clusterId}/${String(partition)}`;
  }
}
