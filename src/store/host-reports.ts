import type { SqlDatabase } from './sql-database.ts';
import type { HostReportRow } from './store.ts';

/** A host that said nothing for so long is no longer listed. */
const FORGOTTEN_AFTER = '10 minutes';

/** Replaces the report of one host and answers the database's time. */
export async function saveHostReport(database: SqlDatabase, hostId: string, report: string): Promise<number> {
  const { rows } = await database.query<{ readonly now_ms: number }>(
    `INSERT INTO host_reports (host, reported, report) VALUES ($1, clock_timestamp(), $2::jsonb)
     ON CONFLICT (host) DO UPDATE SET reported = excluded.reported, report = excluded.report
     RETURNING (extract(epoch FROM reported) * 1000)::float8 AS now_ms`,
    [hostId, report],
  );
  await database.query(
    `DELETE FROM host_reports WHERE reported < clock_timestamp() - interval '${FORGOTTEN_AFTER}' AND host <> $1`,
    [hostId],
  );
  return rows[0]?.now_ms ?? 0;
}

export async function readHostReports(database: SqlDatabase): Promise<readonly HostReportRow[]> {
  const { rows } = await database.query<{ readonly host: string; readonly age_ms: number; readonly report: unknown }>(
    `SELECT host, (extract(epoch FROM clock_timestamp() - reported) * 1000)::float8 AS age_ms, report
     FROM host_reports ORDER BY host`,
  );
  return rows.map(({ host, age_ms, report }) => ({ hostId: host, ageMs: Math.max(0, age_ms), report }));
}

export async function dropHostReport(database: SqlDatabase, hostId: string): Promise<void> {
  await database.query('DELETE FROM host_reports WHERE host = $1', [hostId]);
}
