/**
 * Every figure of the pipeline by name, without the prefix `tapedeck_`. Names and labels are a promise to dashboards: base
 * units, `_total` for what only grows, labels of few values. `src/hosts/METRICS.md` shows the same table.
 */
export const METRIC_CATALOG = {
  build_info: gauge(['version', 'dataset', 'stack'], 'Always 1; the labels say what runs here.'),
  component_up: gauge(
    ['component'],
    '1 while feed, bus, store or a role works; 0 while it starts, is impaired or down.',
  ),
  component_outages_total: counter(['component'], 'How often a component that worked became impaired or went down.'),
  feed_reconnects_total: counter(['feed'], 'Attempts of the feed to get a broken connection back.'),
  feed_failures_total: counter(['feed', 'code'], 'Streams of the feed that ended with an error.'),
  feed_lease_held: gauge([], '1 while this process streams the feed; 0 while it stands by for the one that does.'),
  subscribed_symbols: gauge([], 'Symbols that desks and configuration ask the feed for.'),
  polled_symbols: gauge(['feed'], "Symbols beyond the plan's limit that are polled instead of streamed."),
  gaps_total: counter(['reason'], 'Stretches of market data that were lost and entered into the gap ledger.'),
  backfilled_bars_total: counter(['interval'], 'Bars fetched from the history of the feed.'),
  backfill_failures_total: counter(['code'], 'Requests for history that failed.'),
  trades_ingested_total: counter([], 'Trades, corrections and cancels of the feed that the bus has acknowledged.'),
  quotes_ingested_total: counter([], 'Quotes of the feed that the bus has acknowledged.'),
  publish_failures_total: counter(
    ['code'],
    'Attempts to put events of the feed on the bus that failed and were repeated.',
  ),

  stage_latency_seconds: histogram(
    ['stage'],
    'Time of trades on their way; stages that begin with the receipt (ingest_to_...) overlap. One trade a batch is measured.',
    'seconds',
  ),
  clock_skew_seconds: gauge(
    ['stage'],
    'How far a stage seemed to end before it began during the last minute, because clocks differ; counted there as 0.',
  ),
  host_clock_offset_seconds: gauge(
    [],
    "How far the clock of this host is ahead of the database's; negative when behind.",
  ),

  consumer_lag_records: gauge(
    ['role', 'topic', 'partition'],
    'Records of a partition that the role owning it here has yet to read.',
  ),
  owned_partitions: gauge(['role'], 'Partition numbers that this process reads for the role.'),
  batch_records: histogram(['role'], 'Records that the role took in or gave out at once.', 'records'),
  batch_seconds: histogram(['role'], 'Time that the role worked on one batch.', 'seconds'),
  position_conflicts_total: counter(
    ['topic'],
    'Writes refused because another process had moved the position: this one no longer owned the partition.',
  ),
  queue_length: gauge(['queue'], 'What waits in a queue of this process: events, jobs or rebuilds.'),
  queue_capacity: gauge(['queue'], 'At which length a bounded queue holds up what fills it.'),

  duplicates_total: counter(['stage'], 'Trades seen before that were dropped.'),
  late_trades_total: counter(['type'], 'Trade events whose candle had left memory and is rebuilt from the store.'),
  revised_candles_total: counter([], 'Closed candles that were sent again with a higher revision.'),
  candle_rebuilds_total: counter(['outcome'], 'Candles rebuilt from stored trades.'),
  pending_rebuilds: gauge(['partition'], 'Rebuilds waiting for the store to hold the trade that asked for them.'),
  unknown_conditions_total: counter(
    [],
    'Trades with a sale condition that is not in the table; they count for volume only.',
  ),
  bars_compared_total: counter([], 'Bars of the feed compared with the candle built here.'),
  bars_differing_total: counter([], 'Bars of the feed that differ from the candle built here.'),
  retained_prints: gauge(['partition'], 'Prints kept in memory to tell repeats and to correct open candles.'),
  waiting_amendments: gauge(['partition'], 'Corrections and cancels whose trade has not come yet.'),
  checkpoint_seconds: histogram([], 'Time to take and store one checkpoint of the analysis.', 'seconds'),
  checkpoint_bytes: gauge(['partition'], 'Compressed size of the latest checkpoint.'),

  store_write_seconds: histogram(['topic'], 'Time of one transaction that stores rows and position.', 'seconds'),
  records_stored_total: counter(['topic'], 'Records of the bus written to the store, repeats included.'),
  trades_stored_total: counter([], 'Trade events that were new to the store.'),
  store_failures_total: counter(['code'], 'Writes to the store that failed and were repeated.'),
  store_size_bytes: gauge([], 'Size of the data folder, or of the schema on a server.'),
  dead_letters_total: counter(['topic'], 'Messages that could not be read and were set aside with their reason.'),
  dead_letters_retried_total: counter(['outcome'], 'Dead letters tried again: retried, or refused once more.'),

  deliveries_total: counter(['channel', 'result'], 'Alerts delivered, or given up, by channel.'),
  screens: gauge([], 'Windows and browsers that receive prices from this host.'),
} as const;

type Catalog = typeof METRIC_CATALOG;
export type MetricKind = 'counter' | 'gauge' | 'histogram';
export type MetricName<K extends MetricKind = MetricKind> = {
  [N in keyof Catalog]: Catalog[N]['kind'] extends K ? N : never;
}[keyof Catalog];
export type MetricLabels<N extends MetricName> = Readonly<Record<Catalog[N]['labels'][number], string>>;

export interface MetricDefinition {
  readonly kind: MetricKind;
  readonly labels: readonly string[];
  readonly help: string;
  /** What the buckets of a histogram are fit for. */
  readonly unit: 'seconds' | 'records' | null;
}

function counter<const L extends readonly string[]>(labels: L, help: string) {
  return { kind: 'counter', labels, help, unit: null } as const;
}

function gauge<const L extends readonly string[]>(labels: L, help: string) {
  return { kind: 'gauge', labels, help, unit: null } as const;
}

function histogram<const L extends readonly string[]>(labels: L, help: string, unit: 'seconds' | 'records') {
  return { kind: 'histogram', labels, help, unit } as const;
}
