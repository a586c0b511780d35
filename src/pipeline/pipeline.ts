import type {
  AlertRuleInput,
  CandleColumns,
  ClientMessage,
  ComponentState,
  PipelineHealth,
  ServerEvent,
  SessionInfo,
} from '../contract/index.ts';
import type { Alert, AlertRule, Clock, DatasetName, Instrument, Interval, Log, Quote, Trade } from '../market/index.ts';
import type { IndicatorPeriods } from '../analysis/index.ts';
import type { Bus } from '../bus/bus.ts';
import type { Feed } from '../feeds/feed.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { RetentionPolicy, Store } from '../store/store.ts';
import type { DeadLetterDesk } from './dead-letters/dead-letter-desk.ts';
import type { BackfillDesk } from './quality/backfill-desk.ts';
import type { MetricLabels, MetricName } from './metric-catalog.ts';

export const ROLES = ['ingest', 'analyze', 'persist', 'notify', 'serve'] as const;
export type Role = (typeof ROLES)[number];

export interface AlertThresholds {
  readonly rsiOverbought: number;
  readonly rsiOversold: number;
  readonly volatility: number;
  readonly priceChangePercent: number;
  readonly volumeChangePercent: number;
}

/** Where pipeline figures go; hosts turn them into Prometheus metrics. */
export interface Metrics {
  count<N extends MetricName<'counter'>>(name: N, labels: MetricLabels<N>, by?: number): void;
  gauge<N extends MetricName<'gauge'>>(name: N, labels: MetricLabels<N>, value: number): void;
  /** A gauge that says nothing any more, such as one of a partition that left. */
  forget<N extends MetricName<'gauge'>>(name: N, labels: MetricLabels<N>): void;
  observe<N extends MetricName<'histogram'>>(name: N, labels: MetricLabels<N>, value: number): void;
}

export interface PipelineOptions {
  readonly roles: ReadonlySet<Role>;
  readonly bus: Bus;
  readonly store: Store;
  /** Null on hosts that do not ingest; symbol search then answers from the store. */
  readonly feed: Feed | null;
  readonly dataset: DatasetName;
  /** Of this program. */
  readonly version: string;
  /** Unique per running host: names its leases and its `serve` group. */
  readonly hostId: string;
  /** Subscribed besides what desks watch (`--symbols`, `TICKERS`). */
  readonly symbols: readonly string[];
  /** Defaults are the classic ones; the environment names of DESIGN 4 change them. */
  readonly indicatorPeriods: IndicatorPeriods;
  readonly alertThresholds: AlertThresholds;
  readonly retention: RetentionPolicy;
  readonly notifiers: readonly Notifier[];
  /** Writes every ingested event to a replayable file; null when `--record` was not given. */
  readonly recorder: { write(line: string): Promise<void>; close(): Promise<void> } | null;
  /** Where a `serve` role begins to read the bus: with what comes now (the default) or with what the bus still has. */
  readonly serveStartAt?: 'latest' | 'earliest';
  /** Hides the secrets of this host in what is stored about failures. */
  readonly maskSecrets: (text: string) => string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface DeskSession {
  receive(message: ClientMessage): void;
  close(): void;
}

/** One row of `/api/v1/quotes` and of the watchlist. */
export interface LatestQuote {
  readonly symbol: string;
  readonly trade: Trade | null;
  readonly quote: Quote | null;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly previousClose: number | null;
  readonly volume: number | null;
}

export interface CandleRangeRequest {
  readonly symbol: string;
  readonly interval: Interval;
  readonly beforeMs: number | null;
  readonly limit: number;
  readonly indicators: readonly string[];
}

export interface FoundInstrument {
  readonly instrument: Instrument | null;
  /** Near names, where there is none of that symbol. */
  readonly suggestions: readonly Instrument[];
}

/** What the `serve` role offers to hosts: the whole UI contract short of settings, which belong to the host. */
export interface Desk {
  /** Frames go to `send`; the next only after the client acknowledged the last. */
  openSession(send: (frame: ArrayBuffer) => void): DeskSession;
  onEvent(listener: (event: ServerEvent) => void): () => void;
  /** The union of all watchlists of this host: leased in the store, announced, renewed until close. */
  watchSymbols(symbols: readonly string[]): Promise<void>;
  /** Every symbol that this dataset has prices of, those stored first, then as they came. */
  seenSymbols(): readonly string[];
  /** Calls the listener whenever `seenSymbols` has grown. */
  onSeenSymbols(listener: () => void): () => void;
  latestQuotes(symbols: readonly string[] | null): readonly LatestQuote[];
  candleRange(request: CandleRangeRequest): Promise<CandleColumns>;
  sparklines(symbols: readonly string[], points: number): Promise<Readonly<Record<string, readonly number[]>>>;
  searchInstruments(query: string, limit: number): Promise<readonly Instrument[]>;
  findInstrument(symbol: string): Promise<FoundInstrument>;
  recentAlerts(limit: number, symbol: string | null): Promise<readonly Alert[]>;
  alertRules(): Promise<readonly AlertRule[]>;
  saveAlertRule(input: AlertRuleInput): Promise<AlertRule>;
  removeAlertRule(id: string): Promise<boolean>;
}

export interface PipelineStatus {
  /** Of the pipeline's clock: the mock market may have its own. */
  readonly nowMs: number;
  readonly session: SessionInfo;
  readonly components: readonly ComponentState[];
  readonly tradesPerSecond: number;
  readonly deadLetters: number;
  readonly openGaps: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number } | null;
}

export interface Pipeline {
  /** Null where the `serve` role is not among the roles. */
  readonly desk: Desk | null;
  readonly deadLetters: DeadLetterDesk;
  /** On every host, whether or not it ingests. */
  readonly backfills: BackfillDesk;
  /** Resolves when a finite feed (a replay) has been read, analysed and stored to its end; never for a live one. */
  readonly finished: Promise<void>;
  status(): PipelineStatus;
  /** Of this host, and where it serves of all hosts of the pipeline. */
  health(): PipelineHealth;
  /** Stops reading, drains what was read, writes checkpoints, leaves the groups. Idempotent. Does not close bus or store. */
  close(): Promise<void>;
}

/** Starts every role; resolves when all of them run. Implemented in `open-pipeline.ts`. */
export type OpenPipeline = (options: PipelineOptions) => Promise<Pipeline>;
