import type {
  Alert,
  AlertRule,
  CalendarName,
  Candle,
  CandleSource,
  DeadLetter,
  ErrorOutcome,
  IndicatorSet,
  Instrument,
  Interval,
  StoredGap,
  Trade,
  TradeEvent,
} from '../market/index.ts';
import type { DeadLetterQueries, DeadLetterStore } from './dead-letter-store.ts';
import type { CopyEnd } from './copy/copy-end.ts';
import type { GapFilter, GapStore, QualityQueries } from './quality-store.ts';

export type * from './quality-store.ts';

/** Names one consumer's place in one partition of one log. */
export interface PositionKey {
  readonly clusterId: string;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
}

/** A trade event and where it stands on its partition, which orders prints of one instant. */
export interface TradeRecord<E extends TradeEvent = TradeEvent> {
  readonly offset: number;
  readonly event: E;
}

/** All prints and amendments of one symbol in a stretch of time. */
export interface SymbolTradeEvents {
  readonly symbol: string;
  readonly events: readonly TradeEvent[];
}

export interface PositionMove {
  readonly position: PositionKey;
  /** What the stored position must be; null when there must be none yet. */
  readonly expectedOffset: number | null;
  /** Below `expectedOffset` where the log lost its end or was made anew: its owner goes back with it. */
  readonly nextOffset: number;
}

/** Rows and the next position, written together or not at all. */
export interface PersistBatch extends PositionMove {
  readonly trades: readonly TradeRecord[];
  readonly candles: readonly Candle[];
  readonly indicators: readonly IndicatorSet[];
  readonly alerts: readonly Alert[];
  readonly deadLetters: readonly DeadLetter[];
}

/** `conflict`: somebody else owns the partition; nothing was written, and this is where they stand. */
export type PersistOutcome =
  | { readonly kind: 'stored'; readonly newTrades: number; readonly repeatedTrades: number }
  | { readonly kind: 'conflict'; readonly storedOffset: number | null };

/** `[fromMs, toMs)`, ascending; `limit` without `fromMs` gives the latest. */
export interface TimeRange {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number;
}

export interface CandleQuery extends TimeRange {
  readonly symbol: string;
  readonly interval: Interval;
  /**
   * Null gives one candle per open time: the one that saw more trades, and of equals the one built here. A source gives
   * that source alone.
   */
  readonly source: CandleSource | null;
}

/** A print as it stands after corrections; a cancelled one keeps its row and is marked. */
export interface StoredTrade extends Trade {
  readonly amendment: 'corrected' | 'cancelled' | null;
}

export interface Subscription {
  readonly client: string;
  readonly symbol: string;
  readonly leaseUntilMs: number;
  /** Lower is more important: what is on screen comes first. */
  readonly priority: number;
}

export interface Checkpoint {
  readonly key: string;
  readonly savedMs: number;
  /** Of the form of `state`, counted by its owner, who alone knows what the bytes mean. */
  readonly version: number;
  readonly state: Uint8Array;
}

export interface ErrorRow {
  /** The role or part where it happened, such as `persist` or `feed:alpaca`. */
  readonly scope: string;
  readonly code: string;
  readonly message: string;
  /** Of the last time; null for errors from before this was kept. */
  readonly outcome: ErrorOutcome | null;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

export interface StoreStatus {
  readonly engine: 'embedded' | 'postgres' | 'timescale';
  readonly isReachable: boolean;
  readonly detail: string;
  readonly schemaVersion: number;
  readonly sizeBytes: number | null;
}

export interface HostReportRow {
  readonly hostId: string;
  /** By the database's clock. */
  readonly ageMs: number;
  /** As the host wrote it, whose version may be another. */
  readonly report: unknown;
}

export interface RetentionPolicy {
  readonly tradesMs: number;
  readonly minuteCandlesMs: number;
  /**
   * Cap on the whole data folder (embedded) or schema; the oldest trades of this dataset go first. What is not its own is not
   * deleted and leaves it a tenth of the cap at least. Null without a cap.
   */
  readonly maxBytes: number | null;
}

/** What `persist` needs. */
export interface PersistStore {
  persist(batch: PersistBatch): Promise<PersistOutcome>;
  position(key: PositionKey): Promise<number | null>;
  /** Counts it, soon. The rows are kept for a database that is away, up to a thousand kinds. */
  recordError(row: Pick<ErrorRow, 'scope' | 'code' | 'message' | 'outcome'>, timeMs: number): Promise<void>;
  applyRetention(
    policy: RetentionPolicy,
    nowMs: number,
  ): Promise<{ readonly deletedTrades: number; readonly deletedCandles: number }>;
}

/** What `analyze` needs besides its input. */
export interface AnalysisStore {
  /** Writes it together with the positions that its state belongs to; false, and nothing written, where one is not as expected. */
  saveCheckpoint(checkpoint: Checkpoint, moves?: readonly PositionMove[]): Promise<boolean>;
  loadCheckpoint(key: string): Promise<Checkpoint | null>;
  /**
   * Every print and amendment whose original lies in `[fromMs, toMs)`, in the order of `compareTradeTime`, then of the bus:
   * once for each of these symbols, in any order of symbols. All of them cost about as much as one.
   */
  tradeEventsIn(symbols: readonly string[], fromMs: number, toMs: number): AsyncIterable<SymbolTradeEvents>;
  candles(query: CandleQuery): Promise<readonly Candle[]>;
  alertRules(): Promise<readonly AlertRule[]>;
  position(key: PositionKey): Promise<number | null>;
}

/** Shared wishes of all hosts (DESIGN: Control). */
export interface ControlStore {
  /** Replaces the whole set of one client and renews its lease. */
  renewSubscriptions(client: string, symbols: readonly string[], leaseUntilMs: number): Promise<void>;
  dropSubscriptions(client: string): Promise<void>;
  /** All live leases, most important first; a symbol comes once for each client that wants it. */
  liveSubscriptions(nowMs: number): Promise<readonly Subscription[]>;
  /** True when `owner` now holds the named lease (a feed and key) until `untilMs`. */
  acquireLease(name: string, owner: string, nowMs: number, untilMs: number): Promise<boolean>;
  releaseLease(name: string, owner: string): Promise<void>;
  alertRules(): Promise<readonly AlertRule[]>;
  saveAlertRule(rule: AlertRule): Promise<void>;
  deleteAlertRule(id: string): Promise<void>;
  /** True for the one caller that may deliver this alert over this channel. */
  claimDelivery(alertId: string, channel: string, nowMs: number): Promise<boolean>;
  finishDelivery(
    alertId: string,
    channel: string,
    result: { readonly isDelivered: boolean; readonly detail: string },
    nowMs: number,
  ): Promise<void>;
  /** Gives an unfinished claim back: the next to ask may deliver at once. */
  releaseDelivery(alertId: string, channel: string): Promise<void>;
  /** Stored alerts, oldest first, whose claim over this channel nobody finished in time; `claimDelivery` gives them out again. */
  abandonedDeliveries(channel: string, nowMs: number, limit: number): Promise<readonly Alert[]>;
  saveInstruments(instruments: readonly Instrument[]): Promise<void>;
  /** Replaces what this host says of itself, in JSON; answers the database's time, epoch ms. Hosts long silent are forgotten. */
  saveHostReport(hostId: string, report: string): Promise<number>;
  hostReports(): Promise<readonly HostReportRow[]>;
  dropHostReport(hostId: string): Promise<void>;
}

/** What `serve`, HTTP and export read. Lists are ascending by time. */
export interface QueryStore extends DeadLetterQueries, QualityQueries {
  /** What a copy from or to this store works on. */
  readonly end: CopyEnd;
  candles(query: CandleQuery): Promise<readonly Candle[]>;
  /** The last one before `beforeMs` of each symbol that has one, in any order; of several sources as `candles` without one. */
  newestCandles(symbols: readonly string[], interval: Interval, beforeMs: number): Promise<readonly Candle[]>;
  trades(query: TimeRange & { readonly symbol: string }): Promise<readonly StoredTrade[]>;
  indicators(
    query: TimeRange & { readonly symbol: string; readonly interval: Interval },
  ): Promise<readonly IndicatorSet[]>;
  alerts(query: TimeRange & { readonly symbol: string | null }): Promise<readonly Alert[]>;
  gaps(query: TimeRange & GapFilter & { readonly symbol: string | null }): Promise<readonly StoredGap[]>;
  /** Gaps that no backfill has closed. */
  countOpenGaps(): Promise<number>;
  /** Kinds of error that happened within `[fromMs, toMs)`, by the time they happened last. */
  errors(query: TimeRange): Promise<readonly ErrorRow[]>;
  instruments(): Promise<readonly Instrument[]>;
  /** The calendar that most instruments follow; null when there are none. */
  commonCalendar(): Promise<CalendarName | null>;
  /** Symbols that have at least one candle. */
  symbolsWithCandles(): Promise<readonly string[]>;
  alertRules(): Promise<readonly AlertRule[]>;
  status(): Promise<StoreStatus>;
}

export interface Store extends PersistStore, AnalysisStore, ControlStore, QueryStore, DeadLetterStore, GapStore {
  close(): Promise<void>;
}
