import type { CalendarName, Gap, GapBackfill, Instrument, Interval, StoredGap } from '../market/index.ts';
import { loadCheckpoint, saveCheckpoint } from './analysis-checkpoints.ts';
import { readPosition } from './bus-positions.ts';
import { ControlTables } from './control-tables.ts';
import type {
  DeadLetterClaim,
  DeadLetterFilter,
  DeadLetterPageQuery,
  DeadLetterResult,
  StoredDeadLetter,
} from './dead-letter-store.ts';
import * as deadLetterTable from './dead-letter-table.ts';
import { ErrorLedger } from './error-ledger.ts';
import {
  countOpenGaps,
  readAlerts,
  readCandles,
  readIndicators,
  readCommonCalendar,
  readInstruments,
  readNewestCandles,
  readSymbolsWithCandles,
} from './market-queries.ts';
import { readGap, readGaps, readPendingGaps, saveGap, setBackfill } from './gap-rows.ts';
import type { MigratedSchema } from './migrate.ts';
import { STAGING_TABLES, persistBatch } from './persist-batch.ts';
import { UNPACK_WITHOUT_LIMIT } from './timescale-extension.ts';
import {
  readArrivalCounts,
  readBarDifferences,
  readMinuteCounts,
  readMissingMinutes,
  readNewestTime,
} from './quality-queries.ts';
import type { CopyEnd } from './copy/copy-end.ts';
import { RecentKeys } from './recent-keys.ts';
import { applyRetention } from './retention.ts';
import { storedBytes } from './stored-bytes.ts';
import type { SqlDatabase } from './sql-database.ts';
import type {
  CandleQuery,
  Checkpoint,
  ErrorRow,
  PersistBatch,
  PositionKey,
  PositionMove,
  RetentionPolicy,
  Store,
  StoreStatus,
  SymbolStretch,
  TimeRange,
} from './store.ts';
import { readTradeEvents, readTrades } from './trade-history.ts';

/** Keys of prints remembered to tell repeats before the database does: 4 MB. */
const REMEMBERED_TRADES = 524_288;
/** However much others fill, a dataset may use this share of the cap: it cannot make room by deleting what is not its own. */
const LEAST_SHARE = 0.1;

/** The store on either engine: one set of SQL over `SqlDatabase`. */
export class SqlStore extends ControlTables implements Store {
  readonly #database: SqlDatabase;
  readonly #schema: MigratedSchema;
  readonly #bytesBeside: () => Promise<number>;
  readonly #recent = new RecentKeys(REMEMBERED_TRADES);
  readonly #errors: ErrorLedger;

  private constructor(database: SqlDatabase, schema: MigratedSchema, bytesBeside: () => Promise<number>) {
    super(database);
    this.#database = database;
    this.#schema = schema;
    this.#bytesBeside = bytesBeside;
    this.#errors = new ErrorLedger(database);
  }

  /**
   * Takes over a database that `migrate` has brought up to date; closing the store closes it. `bytesBeside` tells how much of the
   * cap of a retention policy is filled by what is not this store's.
   */
  static async open(
    database: SqlDatabase,
    schema: MigratedSchema,
    bytesBeside: () => Promise<number> = () => Promise.resolve(0),
  ): Promise<SqlStore> {
    const { timescale } = schema;
    await database.prepareSessions(timescale === null ? STAGING_TABLES : `${UNPACK_WITHOUT_LIMIT} ${STAGING_TABLES}`);
    return new SqlStore(database, schema, bytesBeside);
  }

  get end(): CopyEnd {
    return { database: this.#database, schema: this.#schema };
  }

  persist(batch: PersistBatch): ReturnType<Store['persist']> {
    return persistBatch(this.#database, this.#recent, batch);
  }

  position(key: PositionKey): Promise<number | null> {
    return readPosition(this.#database, key);
  }

  saveGap(gap: Gap): Promise<void> {
    return saveGap(this.#database, gap);
  }

  setBackfill(id: string, backfill: GapBackfill, nowMs: number): Promise<boolean> {
    return setBackfill(this.#database, id, backfill, nowMs);
  }

  gap(id: string): Promise<StoredGap | null> {
    return readGap(this.#database, id);
  }

  pendingGaps(limit: number): Promise<readonly StoredGap[]> {
    return readPendingGaps(this.#database, limit);
  }

  arrivalCounts(stretch: SymbolStretch): ReturnType<Store['arrivalCounts']> {
    return readArrivalCounts(this.#database, stretch);
  }

  minuteCounts(stretch: SymbolStretch): ReturnType<Store['minuteCounts']> {
    return readMinuteCounts(this.#database, stretch);
  }

  barDifferences(...wanted: Parameters<Store['barDifferences']>): ReturnType<Store['barDifferences']> {
    return readBarDifferences(this.#database, ...wanted);
  }

  missingMinutes(stretch: SymbolStretch): ReturnType<Store['missingMinutes']> {
    return readMissingMinutes(this.#database, stretch);
  }

  newestTime(kind: 'trade' | 'candle', symbols: readonly string[]): Promise<number | null> {
    return readNewestTime(this.#database, kind, symbols);
  }

  recordError(row: Parameters<Store['recordError']>[0], timeMs: number): Promise<void> {
    return this.#errors.record(row, timeMs);
  }

  async applyRetention(policy: RetentionPolicy, nowMs: number): ReturnType<Store['applyRetention']> {
    const { maxBytes } = policy;
    const ownBytes =
      maxBytes === null ? null : Math.max(maxBytes - (await this.#bytesBeside()), maxBytes * LEAST_SHARE);
    return applyRetention(this.#database, this.#schema.timescale, { ...policy, maxBytes: ownBytes }, nowMs);
  }

  saveCheckpoint(checkpoint: Checkpoint, moves: readonly PositionMove[] = []): Promise<boolean> {
    return saveCheckpoint(this.#database, checkpoint, moves);
  }

  loadCheckpoint(key: string): Promise<Checkpoint | null> {
    return loadCheckpoint(this.#database, key);
  }

  tradeEventsIn(symbols: readonly string[], fromMs: number, toMs: number): ReturnType<Store['tradeEventsIn']> {
    return readTradeEvents(this.#database, symbols, fromMs, toMs);
  }

  candles(query: CandleQuery): ReturnType<Store['candles']> {
    return readCandles(this.#database, query);
  }

  newestCandles(symbols: readonly string[], interval: Interval, beforeMs: number): ReturnType<Store['newestCandles']> {
    return readNewestCandles(this.#database, symbols, interval, beforeMs);
  }

  trades(query: TimeRange & { readonly symbol: string }): ReturnType<Store['trades']> {
    return readTrades(this.#database, query);
  }

  indicators(
    query: TimeRange & { readonly symbol: string; readonly interval: Interval },
  ): ReturnType<Store['indicators']> {
    return readIndicators(this.#database, query);
  }

  alerts(query: TimeRange & { readonly symbol: string | null }): ReturnType<Store['alerts']> {
    return readAlerts(this.#database, query);
  }

  gaps(query: Parameters<Store['gaps']>[0]): ReturnType<Store['gaps']> {
    return readGaps(this.#database, query);
  }

  countOpenGaps(): Promise<number> {
    return countOpenGaps(this.#database);
  }

  errors(query: TimeRange): Promise<readonly ErrorRow[]> {
    return this.#errors.read(query);
  }

  deadLetters(query: Parameters<Store['deadLetters']>[0]): Promise<readonly StoredDeadLetter[]> {
    return deadLetterTable.readDeadLetters(this.#database, query);
  }

  deadLetterPage(query: DeadLetterPageQuery): Promise<readonly StoredDeadLetter[]> {
    return deadLetterTable.readDeadLetterPage(this.#database, query);
  }

  deadLetter(id: number): Promise<StoredDeadLetter | null> {
    return deadLetterTable.readDeadLetter(this.#database, id);
  }

  countDeadLetters(filter?: DeadLetterFilter): Promise<number> {
    return deadLetterTable.countDeadLetters(this.#database, filter);
  }

  claimDeadLetter(id: number, claim: DeadLetterClaim): Promise<StoredDeadLetter | null> {
    return deadLetterTable.claimDeadLetter(this.#database, id, claim);
  }

  claimDeadLetters(
    filter: DeadLetterFilter,
    page: { readonly afterId: number; readonly limit: number },
    claim: DeadLetterClaim,
  ): Promise<readonly StoredDeadLetter[]> {
    return deadLetterTable.claimDeadLetters(this.#database, filter, page, claim);
  }

  settleDeadLetters(claim: string, results: readonly DeadLetterResult[], nowMs: number): Promise<void> {
    return deadLetterTable.settleDeadLetters(this.#database, claim, results, nowMs);
  }

  releaseDeadLetters(claim: string): Promise<void> {
    return deadLetterTable.releaseDeadLetters(this.#database, claim);
  }

  discardDeadLetter(id: number, nowMs: number): Promise<boolean> {
    return deadLetterTable.discardDeadLetter(this.#database, id, nowMs);
  }

  reopenDeadLetter(id: number): Promise<boolean> {
    return deadLetterTable.reopenDeadLetter(this.#database, id);
  }

  instruments(): Promise<readonly Instrument[]> {
    return readInstruments(this.#database);
  }

  commonCalendar(): Promise<CalendarName | null> {
    return readCommonCalendar(this.#database);
  }

  symbolsWithCandles(): Promise<readonly string[]> {
    return readSymbolsWithCandles(this.#database);
  }

  async status(): Promise<StoreStatus> {
    const { isReachable, detail } = this.#database.state;
    return {
      engine: this.#schema.timescale === null ? this.#database.engine : 'timescale',
      isReachable,
      detail,
      schemaVersion: this.#schema.version,
      sizeBytes: isReachable ? await storedBytes(this.#database, this.#schema.timescale).catch(() => null) : null,
    };
  }

  async close(): Promise<void> {
    try {
      await this.#errors.close();
    } finally {
      await this.#database.close();
    }
  }
}
