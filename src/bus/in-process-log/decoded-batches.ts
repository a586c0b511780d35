import type { BadRecord, BusRecord, TopicKind } from '../bus.ts';
import { decodeRecord } from '../codec.ts';
import { linesOf } from './batch-format.ts';
import type { FoundBatch } from './segment.ts';

interface DecodedBatch<K extends TopicKind> {
  readonly records: readonly BusRecord<K>[];
  readonly badRecords: readonly BadRecord[];
}

const KEPT_BATCHES = 8;

/** The batches decoded last: several consumers that are behind by about as much share the work. */
export class DecodedBatches<K extends TopicKind> {
  readonly #kind: K;
  readonly #kept = new Map<number, DecodedBatch<K>>();

  constructor(kind: K) {
    this.#kind = kind;
  }

  get(batch: FoundBatch): DecodedBatch<K> {
    const kept = this.#kept.get(batch.baseOffset);
    if (kept !== undefined) return kept;
    const records: BusRecord<K>[] = [];
    const badRecords: BadRecord[] = [];
    const lines = linesOf(batch.payload);
    for (let index = 0; index < batch.count; index++) {
      decodeRecord(this.#kind, batch.baseOffset + index, lines[index] ?? '', records, badRecords);
    }
    const decoded = { records, badRecords };
    this.#kept.set(batch.baseOffset, decoded);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_BATCHES && oldest !== undefined) this.#kept.delete(oldest);
    return decoded;
  }
}
