import type { BadRecord, BusBatch } from '../../bus/bus.ts';
import type { DeadLetter } from '../../market/index.ts';
import type { PersistBatch, PositionKey } from '../../store/store.ts';

/** The rows of one bus batch; records that the codec refused become dead letters. */
export function toPersistBatch(
  batch: BusBatch,
  position: PositionKey,
  expectedOffset: number | null,
  nowMs: number,
): PersistBatch {
  const refused = batch.badRecords.map((record) => refusedRecord(batch, record, nowMs));
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

function refusedRecord(batch: BusBatch, record: BadRecord, nowMs: number): DeadLetter {
  return {
    origin: batch.topic,
    topic: batch.topic,
    partition: batch.partition,
    position: record.offset,
    reason: record.reason,
    payload: record.payload,
    timeMs: nowMs,
  };
}
