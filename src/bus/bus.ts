import type {
  Alert,
  Bar,
  Candle,
  ControlMessage,
  DeadLetter,
  IndicatorSet,
  Quote,
  TradeEvent,
  TradingStatus,
} from '../market/index.ts';

/** What travels on each topic; the topic's real name is `PREFIX-KIND` (see `topics.ts`). */
export interface TopicEvents {
  readonly trades: TradeEvent;
  readonly quotes: Quote;
  readonly bars: Bar;
  readonly statuses: TradingStatus;
  readonly candles: Candle;
  readonly indicators: IndicatorSet;
  readonly alerts: Alert;
  readonly control: ControlMessage;
  readonly 'dead-letters': DeadLetter;
}

export type TopicKind = keyof TopicEvents;

export interface BusRecord<K extends TopicKind = TopicKind> {
  readonly offset: number;
  readonly event: TopicEvents[K];
}

/** A message on the bus that the codec refused; the stream goes on without it. */
export interface BadRecord {
  readonly offset: number;
  readonly reason: string;
  readonly payload: string;
}

interface BatchOf<K extends TopicKind> {
  readonly topic: K;
  readonly partition: number;
  /** Ascending offsets; `[firstOffset, nextOffset)` is covered by `records`, `badRecords` and offsets the bus left out. */
  readonly records: readonly BusRecord<K>[];
  readonly badRecords: readonly BadRecord[];
  readonly firstOffset: number;
  readonly nextOffset: number;
}

/** Discriminated by `topic`, so that a `switch` narrows the records. */
export type BusBatch = { [K in TopicKind]: BatchOf<K> }[TopicKind];

/** `seek` leaves the batch unresolved and continues at `offset`. */
export type BatchOutcome = { readonly kind: 'done' } | { readonly kind: 'seek'; readonly offset: number };

export interface TopicPartition {
  readonly topic: TopicKind;
  readonly partition: number;
}

export interface ConsumeRequest {
  /** The role, or for a `serve` host `serve-ID`; the group's full name is `GROUP-THIS`. */
  readonly group: string;
  readonly topics: readonly TopicKind[];
  /** Where a partition without a stored position starts. */
  readonly startAt: 'earliest' | 'latest';
  /**
   * The next offset this consumer wants; null when it has none. Asked after every (re)assignment before the first batch
   * of a partition is handed over; if the batch begins elsewhere, it is left unresolved and sought.
   */
  loadPosition(topicPartition: TopicPartition): Promise<number | null>;
  /** Never called concurrently for partitions of one number. A rejection is retried with backoff from the same offset. */
  onBatch(batch: BusBatch): Promise<BatchOutcome>;
  /** The partitions now owned, whenever that changes. */
  onAssignment?(owned: readonly TopicPartition[]): void;
  /** A stored position lay outside the log; the consumer went on at `resumedAt`, lower where the log lost its end or was made anew. */
  onPositionOutsideLog?(topicPartition: TopicPartition, stored: number, resumedAt: number): void;
  /** A private group of one host: nothing is committed, and it is deleted on close. */
  readonly isEphemeral: boolean;
  /** Collect for up to this long before a batch is handed over; 0 for the lowest latency. */
  readonly lingerMs: number;
  readonly maxBatchRecords: number;
}

export interface PartitionLag extends TopicPartition {
  readonly position: number;
  readonly endOffset: number;
}

export interface Consumption {
  lag(): Promise<readonly PartitionLag[]>;
  /** Finishes the batch in hand, then leaves. */
  close(): Promise<void>;
}

export type BusState = { readonly isConnected: boolean; readonly detail: string };

/**
 * A partitioned, ordered, durable log. Events of one key (the symbol) keep their order; every topic has the same number of
 * partitions, so one partition number holds everything about its symbols.
 */
export interface Bus {
  /** Identifies the log; it changes when the log is created anew. */
  readonly clusterId: string;
  readonly partitionCount: number;
  /** What positions on this topic are keyed by: the cluster and, where it has one, the id of this very topic. */
  logIdOf(topic: TopicKind): string;
  /** Whether programs of others may publish on it, in whatever form. */
  readonly isShared: boolean;
  readonly state: BusState;
  /** Resolves once every event is acknowledged (on the broker, or written to the log file). */
  publish<K extends TopicKind>(topic: K, events: readonly TopicEvents[K][]): Promise<void>;
  consume(request: ConsumeRequest): Promise<Consumption>;
  /** Next offset to be written, by partition. */
  endOffsets(topic: TopicKind): Promise<readonly number[]>;
  /** Tells the log that nothing below `offset` is needed any more; Kafka keeps its own retention and ignores it. */
  release(topicPartition: TopicPartition, offset: number): Promise<void>;
  close(): Promise<void>;
}
