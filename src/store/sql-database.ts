/** What a statement may be given; times go in as ISO text, sets of rows as JSON text. */
export type SqlValue = string | number | boolean | null | Uint8Array;

export interface SqlResult<Row> {
  readonly rows: readonly Row[];
  /** Rows inserted, updated or deleted. */
  readonly affectedRows: number;
}

/**
 * One connection's worth of SQL. Values come back as: int8 an exact number (refused beyond 2^53), timestamptz epoch
 * milliseconds with the microseconds as fraction, jsonb parsed, bytea a Uint8Array. Errors are `TapedeckError`s.
 */
export interface SqlSession {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    parameters?: readonly SqlValue[],
  ): Promise<SqlResult<Row>>;
  /** Several statements without parameters. */
  run(script: string): Promise<void>;
  /** Rows in `COPY BINARY` form (see `BinaryRows`) into `target`: a table with its column list. */
  copyIn(target: string, rows: Uint8Array): Promise<void>;
  /** The rows of a query in the same form. */
  copyOut(query: string): Promise<Uint8Array>;
}

export interface DatabaseState {
  readonly isReachable: boolean;
  readonly detail: string;
}

export interface TransactionOptions {
  /** No statement in it is cut for the time that it takes: a change of a large schema, or waiting for one. */
  readonly mayTakeLong?: boolean;
}

/** A database whose search path is one dataset's schema. */
export interface SqlDatabase extends SqlSession {
  readonly engine: 'embedded' | 'postgres';
  readonly schema: string;
  readonly state: DatabaseState;
  /** Rolled back when `work` rejects. Transactions of the embedded engine wait for one another. */
  transaction<T>(work: (session: SqlSession) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Run on every connection, those of now and later ones, before anything else. */
  prepareSessions(script: string): Promise<void>;
  /** Bytes on disk: the folder without its write-ahead log, which is bounded (embedded), or the schema. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}
