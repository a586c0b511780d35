import type { SqlSession } from './sql-database.ts';
import type { PositionKey, PositionMove } from './store.ts';

/** Ends a transaction whose partition belongs to somebody else. */
export class PositionConflict extends Error {}

export async function readPosition(session: SqlSession, key: PositionKey): Promise<number | null> {
  const { rows } = await session.query<{ readonly next: number }>(
    'SELECT next FROM bus_positions WHERE cluster_id = $1 AND consumer = $2 AND topic = $3 AND partition = $4',
    [key.clusterId, key.consumer, key.topic, key.partition],
  );
  return rows[0]?.next ?? null;
}

/** Throws `PositionConflict` where the position is not as expected; locks it until the transaction ends. */
export async function movePosition(session: SqlSession, move: PositionMove): Promise<void> {
  const { clusterId, consumer, topic, partition } = move.position;
  const key = [clusterId, consumer, topic, partition] as const;
  const { affectedRows } =
    move.expectedOffset === null
      ? await session.query(
          `INSERT INTO bus_positions (cluster_id, consumer, topic, partition, next) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT DO NOTHING`,
          [...key, move.nextOffset],
        )
      : await session.query(
          `UPDATE bus_positions SET next = $5
           WHERE cluster_id = $1 AND consumer = $2 AND topic = $3 AND partition = $4 AND next = $6`,
          [...key, move.nextOffset, move.expectedOffset],
        );
  if (affectedRows === 0) throw new PositionConflict();
}
