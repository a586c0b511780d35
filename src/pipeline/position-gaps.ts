import type { BusBatch, TopicKind, TopicPartition } from '../bus/bus.ts';
import { KeyPartitioner } from '../bus/topics.ts';
import type { Gap } from '../market/index.ts';
import { GapWriter } from './gap-writer.ts';
import { partitionName } from './positions.ts';
import type { RoleContext } from './role-context.ts';

/** What bars from the feed's history can make good. */
const REPAIRABLE: ReadonlySet<TopicKind> = new Set(['trades', 'bars', 'candles', 'indicators']);

/**
 * Enters into the gap ledger that the log no longer held what a consumer had yet to read. In time the gap lies between what the
 * store has last of the partition's symbols and the first event that the log still gave; until that one is there, now.
 */
export class PositionGaps {
  readonly #context: RoleContext;
  readonly #consumer: string;
  readonly #writer: GapWriter;
  /** By topic and partition: gaps whose end is not known yet. */
  readonly #open = new Map<string, Gap>();
  readonly #recording = new Set<Promise<void>>();

  constructor(context: RoleContext, consumer: string) {
    this.#context = context;
    this.#consumer = consumer;
    this.#writer = new GapWriter(context, consumer);
  }

  record(topicPartition: TopicPartition, stored: number, resumedAt: number): void {
    const { topic, partition } = topicPartition;
    const { bus, clock } = this.#context.options;
    this.#context.log.warn(
      { consumer: this.#consumer, topic, partition, stored, resumedAt },
      'the stored position lies outside the log',
    );
    const nowMs = clock.now();
    const gap: Gap = {
      id: `${bus.clusterId}:${this.#consumer}:${topic}:${String(partition)}:${String(stored)}`,
      symbol: null,
      reason: 'position-outside-log',
      fromMs: nowMs,
      toMs: nowMs,
      lostCount: resumedAt > stored ? resumedAt - stored : null,
      detail: `${this.#consumer} wanted offset ${String(stored)} of ${topic}/${String(partition)}, the log gave ${String(resumedAt)}`,
      backfilledMs: null,
    };
    const recording = this.#saveFromNewest(topicPartition, gap);
    this.#recording.add(recording);
    void recording.finally(() => this.#recording.delete(recording));
  }

  /** To be told of every batch before anything is made of it: the first after a jump ends the gap. */
  async before(batch: BusBatch): Promise<void> {
    // What the store has last must be read before this batch adds to it.
    if (this.#recording.size > 0) await Promise.all(this.#recording);
    if (this.#open.size === 0) return;
    const name = partitionName(batch);
    const gap = this.#open.get(name);
    const firstMs = firstTimeOf(batch);
    if (gap === undefined || firstMs === null) return;
    this.#open.delete(name);
    this.#writer.save({ ...gap, toMs: Math.max(gap.fromMs, Math.min(gap.toMs, firstMs)) });
  }

  async close(): Promise<void> {
    await Promise.all(this.#recording);
    await this.#writer.close();
  }

  async #saveFromNewest(topicPartition: TopicPartition, gap: Gap): Promise<void> {
    const newestMs = REPAIRABLE.has(topicPartition.topic) ? await this.#newestMs(topicPartition) : null;
    const found = newestMs === null ? gap : { ...gap, fromMs: Math.min(newestMs, gap.toMs) };
    if (newestMs !== null) this.#open.set(partitionName(topicPartition), found);
    this.#writer.save(found);
  }

  /** Null where the store has nothing of the partition, or cannot say. */
  async #newestMs({ topic, partition }: TopicPartition): Promise<number | null> {
    const { store, bus } = this.#context.options;
    try {
      const partitioner = new KeyPartitioner(bus.partitionCount);
      const stored = await store.symbolsWithCandles();
      const symbols = stored.filter((symbol) => partitioner.partitionOf(symbol) === partition);
      // What `analyze` has lost of the trades may be stored all the same: what counts is what it made of them.
      const isTrade = this.#consumer === 'persist' && topic === 'trades';
      return await store.newestTime(isTrade ? 'trade' : 'candle', symbols);
    } catch (cause) {
      const what = 'could not tell how long a gap is';
      this.#context.errors.report({ scope: this.#consumer, error: cause, outcome: 'skipped', what });
      return null;
    }
  }
}

function firstTimeOf(batch: BusBatch): number | null {
  switch (batch.topic) {
    case 'trades':
    case 'bars':
      return batch.records[0]?.event.timeMs ?? null;
    case 'candles':
    case 'indicators':
      return batch.records[0]?.event.openTimeMs ?? null;
    default:
      return null;
  }
}
