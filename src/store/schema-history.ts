import { TapedeckError } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import { databaseError } from './database-error.ts';
import type { Migration, MigrationKind } from './migration-files.ts';
import type { SqlDatabase, SqlSession, TransactionOptions } from './sql-database.ts';

interface AppliedMigration {
  readonly kind: MigrationKind;
  readonly version: number;
  /** Null for what was applied before checksums were kept. */
  readonly checksum: string | null;
}

/** What was done to one dataset's schema, and the only way to do more to it. */
export class SchemaHistory {
  readonly #database: SqlDatabase;
  readonly #log: Log;
  #applied: readonly AppliedMigration[] = [];
  #hasTable = false;
  #changes = 0;

  private constructor(database: SqlDatabase, log: Log) {
    this.#database = database;
    this.#log = log;
  }

  /** Only reads, so that a role without rights on the schema can find that there is nothing to do. */
  static async read(database: SqlDatabase, log: Log): Promise<SchemaHistory> {
    const history = new SchemaHistory(database, log);
    const { rows } = await database.query(
      `SELECT 1 WHERE to_regclass('${database.schema}.schema_migrations') IS NOT NULL`,
    );
    history.#hasTable = rows.length > 0;
    if (history.#hasTable) history.#applied = await history.#readApplied(database);
    return history;
  }

  /** How many migrations this program has applied. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * Applies those that were not yet. Throws `unsupported` for a schema that is newer than the files or was made by others,
   * `unauthorized` where the user may not change it; each migration is a transaction of its own.
   */
  async applyAll(migrations: readonly Migration[], searchPath = this.#database.schema): Promise<void> {
    this.#refuseNewer(migrations);
    this.#refuseEdited(migrations);
    const pending = migrations.filter((migration) => this.#find(migration) === undefined);
    if (pending.length === 0) return;
    try {
      if (!this.#hasTable) await this.#createTable();
      for (const migration of pending) await this.#apply(migration, searchPath);
    } catch (error) {
      const cause = databaseError(error);
      throw cause.code === 'unauthorized' ? lacksRights(this.#database.schema, pending, cause) : cause;
    }
  }

  #find({ kind, version }: Migration): AppliedMigration | undefined {
    return this.#applied.find((applied) => applied.kind === kind && applied.version === version);
  }

  #refuseNewer(migrations: readonly Migration[]): void {
    const [first] = migrations;
    const known = migrations.at(-1)?.version ?? 0;
    const found = Math.max(
      0,
      ...this.#applied.filter(({ kind }) => kind === first?.kind).map(({ version }) => version),
    );
    if (found <= known) return;
    const { schema } = this.#database;
    throw new TapedeckError('unsupported', `Schema ${schema} is at version ${found}, this program knows ${known}`, {
      userMessage: `The stored data was written by a newer TapeDeck (schema version ${found}, this one knows ${known}). Start the newer version.`,
    });
  }

  #refuseEdited(migrations: readonly Migration[]): void {
    for (const migration of migrations) {
      const checksum = this.#find(migration)?.checksum ?? null;
      if (checksum === null || checksum === migration.checksum) continue;
      const { schema } = this.#database;
      throw new TapedeckError('unsupported', `db/${migration.file} is not what was applied to schema ${schema}`, {
        userMessage: `The file db/${migration.file} differs from what was applied to the stored data (schema ${schema}). Restore the file: what is to change goes into a new one.`,
      });
    }
  }

  async #createTable(): Promise<void> {
    const { schema } = this.#database;
    await this.#database.transaction(async (session) => {
      await lockSchema(session, schema);
      await session.run(`CREATE SCHEMA IF NOT EXISTS ${schema};
        CREATE TABLE IF NOT EXISTS ${schema}.schema_migrations (
          kind text NOT NULL, version integer NOT NULL, name text NOT NULL, applied timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (kind, version));`);
    }, MAY_TAKE_LONG);
    this.#hasTable = true;
  }

  async #apply(migration: Migration, searchPath: string): Promise<void> {
    const { kind, version, name, file, script, checksum } = migration;
    const { schema } = this.#database;
    const isMine = await this.#database.transaction(async (session) => {
      await lockSchema(session, schema);
      // Whoever held the lock before may have done it.
      this.#applied = await this.#readApplied(session);
      if (this.#find(migration) !== undefined) return false;
      await session.run(`SET LOCAL search_path TO ${searchPath};
        ALTER TABLE ${schema}.schema_migrations ADD COLUMN IF NOT EXISTS checksum text`);
      await session.run(script).catch((error: unknown) => {
        throw failedMigration(file, schema, error);
      });
      await session.query(
        `INSERT INTO ${schema}.schema_migrations (kind, version, name, checksum) VALUES ($1, $2, $3, $4)`,
        [kind, version, name, checksum],
      );
      return true;
    }, MAY_TAKE_LONG);
    if (!isMine) return;
    this.#changes++;
    this.#log.info({ schema, migration: `${kind} ${version} ${name}` }, 'migration applied');
  }

  async #readApplied(session: SqlSession): Promise<readonly AppliedMigration[]> {
    const { rows } = await session.query<AppliedMigration>(
      `SELECT kind, version, to_jsonb(m) ->> 'checksum' AS checksum FROM ${this.#database.schema}.schema_migrations AS m`,
    );
    return rows;
  }
}

/** Of a transaction with `lockSchema`: whoever waits for a long migration waits as long as that takes. */
export const MAY_TAKE_LONG: TransactionOptions = { mayTakeLong: true };

/** Held to the end of the transaction. */
export async function lockSchema(session: SqlSession, schema: string): Promise<void> {
  await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`tapedeck schema ${schema}`]);
}

function failedMigration(file: string, schema: string, error: unknown): TapedeckError {
  const { code, message, retryable } = databaseError(error);
  return new TapedeckError(code, `db/${file} failed on schema ${schema}, nothing of it was kept: ${message}`, {
    retryable,
    cause: error,
    userMessage: `The database could not be brought up to date: db/${file} failed (${message}). Nothing of that step was kept.`,
  });
}

function lacksRights(schema: string, pending: readonly Migration[], cause: TapedeckError): TapedeckError {
  const files = pending.map(({ file }) => `db/${file}`).join(', ');
  return new TapedeckError(
    'unauthorized',
    `Schema ${schema} lacks ${files}, and this user may not apply it: ${cause.message}`,
    {
      cause,
      userMessage: `The database schema ${schema} is not up to date (${files}) and this user may not change it: ${cause.message}. Run "npm run store -- migrate" once as the schema's owner.`,
    },
  );
}
