import type { BusBatch } from '../../bus/bus.ts';
import type { DeadLetter } from '../../market/index.ts';
import type { PersistBatch, PositionKey } from '../../store/store.ts';

/** The rows of one bus batch; records that the codec refused become dead letters. */
export function toPersistBatch(
  batch: BusBatch,
  position: PositionKey,
  expectedOffset: number | null,
  nowMs: number,
): PersistBatch {
  const refused = refusedRecords(batch, nowMs);
  return {
    position,
    expectedOffset,
    nextOffset: batch.nextOffset,
    trades: batch.topic === 'trades' ? batch.records : [],
    candles: batch.topic === 'candles' ? batch.records.map((record) => record.event) : [],
    indicators: batch.topic === 'indicators' ? batch.records.map((record) => record.event) : [],
    alerts: batch.topic === 'alerts' ? batch.records.map((record) => record.event) : [],
    deadLetters:
      batch.topic === 'dead-letters' ? [...batch.records.map((record) => record.event), ...refused] : refused,
  };
}

/** What the codec refused of a batch. */
export function refusedRecords(batch: BusBatch, nowMs: number): readonly DeadLetter[] {
  const { topic, partition } = batch;
  return batch.badRecords.map(({ offset, reason, payload }) => ({
    origin: topic,
    topic,
    partition,
    position: offset,
    reason,
    payload,
    timeMs: nowMs,
  }));
}
