import type { BatchOutcome, BusBatch, ConsumeRequest, TopicPartition } from '../bus/bus.ts';
import type { Trade } from '../market/index.ts';

export const DONE: BatchOutcome = { kind: 'done' };
const WAIT_MS = 30_000;

/** What a consumer saw, and the positions it would have stored. */
export class Reader {
  readonly batches: BusBatch[] = [];
  readonly positions = new Map<string, number>();
  readonly outside: { readonly stored: number; readonly resumedAt: number }[] = [];
  assigned: readonly TopicPartition[] = [];

  request(overrides: Partial<ConsumeRequest> = {}): ConsumeRequest {
    return {
      group: 'reader',
      topics: ['trades'],
      startAt: 'earliest',
      loadPosition: (topicPartition) => Promise.resolve(this.positions.get(nameOf(topicPartition)) ?? null),
      onBatch: (batch) => Promise.resolve(this.take(batch)),
      onAssignment: (owned) => {
        this.assigned = owned;
      },
      onPositionOutsideLog: (_topicPartition, stored, resumedAt) => this.outside.push({ stored, resumedAt }),
      isEphemeral: false,
      lingerMs: 0,
      maxBatchRecords: 1000,
      ...overrides,
    };
  }

  take(batch: BusBatch): BatchOutcome {
    const expected = this.positions.get(nameOf(batch));
    if (expected !== undefined && expected !== batch.firstOffset) return { kind: 'seek', offset: expected };
    this.batches.push(batch);
    this.positions.set(nameOf(batch), batch.nextOffset);
    return DONE;
  }

  get ids(): readonly string[] {
    return this.batches.flatMap((batch) => (batch.topic === 'trades' ? batch.records : [])).map(idOf);
  }
}

function idOf(record: { readonly event: { readonly type: string } }): string {
  return (record.event as Trade).id;
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not within ${WAIT_MS / 1000} s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function idsOf(trades: readonly Trade[]): readonly string[] {
  return trades.map((trade) => trade.id);
}
