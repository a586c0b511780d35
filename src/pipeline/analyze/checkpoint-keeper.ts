import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw, type ZlibOptions } from 'node:zlib';
import { TapedeckError } from '../../market/index.ts';
import { partitionName, positionKey, storePosition } from '../positions.ts';
import type { TopicPartition } from '../../bus/bus.ts';
import type { RoleContext } from '../role-context.ts';
import { type AnalysisCheckpoint, CHECKPOINT_VERSION, decodeCheckpoint, encodeCheckpoint } from './checkpoint-codec.ts';
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
  readonly #notBeforeMs = new Map<number, number>();
  readonly #expected = new Map<string, number | null>();

  constructor(context: RoleContext) {
    this.#context = context;
  }

  isDue(analysis: PartitionAnalysis): boolean {
    return performance.now() >= (this.#notBeforeMs.get(analysis.partition) ?? 0);
  }

  async save(analysis: PartitionAnalysis): Promise<void> {
    const { store, clock, metrics } = this.#context.options;
    const startedMs = performance.now();
    const checkpoint = await analysis.checkpoint();
    const state = await compress(encodeCheckpoint(checkpoint), FASTEST);
    await store.saveCheckpoint({
      key: this.#key(analysis.partition),
      savedMs: clock.now(),
      version: CHECKPOINT_VERSION,
      state,
    });
    const { trades, bars } = checkpoint.positions;
    const { partition } = analysis;
    if (trades !== null) await this.storePosition(ANALYZE_CONSUMER, { topic: 'trades', partition }, trades);
    if (bars !== null) await this.storePosition(ANALYZE_CONSUMER, { topic: 'bars', partition }, bars);
    const tookMs = performance.now() - startedMs;
    this.#notBeforeMs.set(partition, performance.now() + tookMs / MAX_COST_SHARE);
    metrics.observe('checkpoint_seconds', {}, tookMs / 1000);
    metrics.gauge('checkpoint_bytes', { partition: String(partition) }, state.length);
  }

  /** Null where there is none, or none that can be read. */
  async load(partition: number): Promise<AnalysisCheckpoint | null> {
    const checkpoint = await this.#context.options.store.loadCheckpoint(this.#key(partition));
    if (checkpoint === null || checkpoint.version !== CHECKPOINT_VERSION) return null;
    try {
      return decodeCheckpoint(await decompress(checkpoint.state, LARGE_CHUNKS));
    } catch (cause) {
      this.#context.log.error({ partition, reason: TapedeckError.from(cause).message }, 'a checkpoint cannot be read');
      return null;
    }
  }

  /** For whoever wants to see from outside how far this role has come. */
  async storePosition(consumer: string, topicPartition: TopicPartition, offset: number): Promise<void> {
    const { bus, store } = this.#context.options;
    const key = positionKey(bus, consumer, topicPartition);
    const name = `${consumer} ${partitionName(topicPartition)}`;
    if (!this.#expected.has(name)) this.#expected.set(name, await store.position(key));
    const expected = this.#expected.get(name) ?? null;
    if (expected === offset) return;
    const moved = await storePosition(store, key, expected, offset);
    this.#expected.set(name, moved.storedOffset);
  }

  #key(partition: number): string {
    return `analyze/${this.#context.options.bus.clusterId}/${String(partition)}`;
  }
}
