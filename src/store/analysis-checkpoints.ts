import { BinaryRows } from './binary-rows.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { Checkpoint } from './store.ts';

const COLUMNS = 'key, saved, version, state';
const COLUMN_COUNT = 4;

/** By COPY, because a parameter of type bytea goes to the embedded engine as text, a megabyte of it for a third of a second. */
export async function saveCheckpoint(database: SqlDatabase, checkpoint: Checkpoint): Promise<void> {
  const rows = new BinaryRows(checkpoint.state.length + 1024);
  rows.startRow(COLUMN_COUNT);
  rows.text(checkpoint.key);
  rows.timestamptz(checkpoint.savedMs);
  rows.int4(checkpoint.version);
  rows.bytea(checkpoint.state);
  await database.transaction(async (session) => {
    await session.copyIn(`incoming_analysis_checkpoints (${COLUMNS})`, rows.finish());
    await session.query(
      `INSERT INTO analysis_checkpoints (${COLUMNS}) SELECT ${COLUMNS} FROM incoming_analysis_checkpoints
       ON CONFLICT (key) DO UPDATE SET saved = excluded.saved, version = excluded.version, state = excluded.state`,
    );
  });
}

export async function loadCheckpoint(database: SqlDatabase, key: string): Promise<Checkpoint | null> {
  const { rows } = await database.query<Omit<Checkpoint, 'savedMs'> & { readonly saved: number }>(
    `SELECT ${COLUMNS} FROM analysis_checkpoints WHERE key = $1`,
    [key],
  );
  const row = rows[0];
  return row === undefined ? null : { key: row.key, savedMs: row.saved, version: row.version, state: row.state };
}
