import type { MigratedSchema } from '../migrate.ts';
import type { SqlDatabase } from '../sql-database.ts';

/** One side of a copy: a migrated dataset. */
export interface CopyEnd {
  readonly database: SqlDatabase;
  readonly schema: MigratedSchema;
}
