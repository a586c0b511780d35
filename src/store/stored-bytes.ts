import type { SqlDatabase } from './sql-database.ts';
import type { TimescaleExtension } from './timescale-extension.ts';

/** Bytes on disk of a dataset, with what TimescaleDB keeps of it in a schema of its own: chunks, compressed ones, statistics. */
export async function storedBytes(database: SqlDatabase, timescale: TimescaleExtension | null): Promise<number> {
  if (timescale === null) return database.sizeBytes();
  const { rows } = await database.query<{ readonly bytes: number }>(
    `SELECT (
       (SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind = 'r')
       + (SELECT coalesce(sum(${timescale.schema}.hypertable_size(format('%I.%I', of.schema, of.name)::regclass)), 0)
          FROM (SELECT hypertable_schema AS schema, hypertable_name AS name FROM timescaledb_information.hypertables
                WHERE hypertable_schema = $1
                UNION ALL SELECT materialization_hypertable_schema, materialization_hypertable_name
                FROM timescaledb_information.continuous_aggregates WHERE view_schema = $1) AS of)
     )::int8 AS bytes`,
    [database.schema],
  );
  return rows[0]?.bytes ?? 0;
}
