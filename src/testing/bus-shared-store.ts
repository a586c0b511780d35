import type { BatchOutcome, BusBatch, ConsumeRequest } from '../bus/bus.ts';
import type { Trade } from '../market/index.ts';
import { nameOf } from './bus-reader.ts';

/** A store that several consumers share: a batch counts only when it begins where the last one ended. */
export class SharedStore {
  readonly ids: string[] = [];
  readonly positions = new Map<string, number>();

  request(overrides: Partial<ConsumeRequest> = {}): ConsumeRequest {
    return {
      group: 'persist',
      topics: ['trades'],
      startAt: 'earliest',
      isEphemeral: false,
      lingerMs: 0,
      maxBatchRecords: 50,
      loadPosition: (topicPartition) => Promise.resolve(this.positions.get(nameOf(topicPartition)) ?? null),
      onBatch: (batch) => Promise.resolve(this.store(batch)),
      ...overrides,
    };
  }

  store(batch: BusBatch): BatchOutcome {
    const expected = this.positions.get(nameOf(batch)) ?? 0;
    if (batch.firstOffset !== expected) return { kind: 'seek', offset: expected };
    this.positions.set(nameOf(batch), batch.nextOffset);
    if (batch.topic === 'trades') this.ids.push(...batch.records.map((record) => (record.event as Trade).id));
    return { kind: 'done' };
  }
}
