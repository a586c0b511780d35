import { BinaryRows } from './binary-rows.ts';
import { PositionConflict, movePosition } from './bus-positions.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { Checkpoint, PositionMove } from './store.ts';

const COLUMNS = 'key, saved, version, state';
const COLUMN_COUNT = 4;

/** By COPY, because a parameter of type bytea goes to the embedded engine as text, a megabyte of it for a third of a second. */
export async function saveCheckpoint(
  database: SqlDatabase,
  checkpoint: Checkpoint,
  moves: readonly PositionMove[],
): Promise<boolean> {
  const rows = new BinaryRows(checkpoint.state.length + 1024);
  rows.startRow(COLUMN_COUNT);
  rows.text(checkpoint.key);
  rows.timestamptz(checkpoint.savedMs);
  rows.int4(checkpoint.version);
  rows.bytea(checkpoint.state);
  try {
    await database.transaction(async (session) => {
      for (const move of moves) await movePosition(session, move);
      await session.copyIn(`incoming_analysis_checkpoints (${COLUMNS})`, rows.finish());
      await session.query(
        `INSERT INTO analysis_checkpoints (${COLUMNS}) SELECT ${COLUMNS} FROM incoming_analysis_checkpoints
         ON CONFLICT (key) DO UPDATE SET saved = excluded.saved, version = excluded.version, state = excluded.state`,
      );
    });
    return true;
  } catch (error) {
    if (error instanceof PositionConflict) return false;
    throw error;
  }
}

export async function loadCheckpoint(database: SqlDatabase, key: string): Promise<Checkpoint | null> {
  const { rows } = await database.query<Omit<Checkpoint, 'savedMs'> & { readonly saved: number }>(
    `SELECT ${COLUMNS} FROM analysis_checkpoints WHERE key = $1`,
    [key],
  );
  const row = rows[0];
  return row === undefined ? null : { key: row.key, savedMs: row.saved, version: row.version, state: row.state };
}
