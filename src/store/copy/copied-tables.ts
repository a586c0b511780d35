import { IS_NEWER } from '../candle-rows.ts';

/** How one table goes from one store to another. */
export interface CopiedTable {
  readonly name: string;
  /** What days are told by; null for tables that are copied as one. */
  readonly timeColumn: string | null;
  /** Identifies a row on both ends. */
  readonly key: readonly string[];
  /** When an incoming row (`excluded`) replaces the target's; null when the target's stays. */
  readonly replacesWhen: string | null;
  /** What stands for the table when it is read, where that is more than its rows. */
  readonly relation: string;
  /** Columns of the relation that the table does not have. */
  readonly derived: readonly string[];
  /** Columns that mean nothing in another store. */
  readonly local: readonly string[];
  /** Local columns that are found again in the target, from an incoming row `s`. */
  readonly found: Readonly<Record<string, string>>;
}

function table(
  name: string,
  timeColumn: string | null,
  key: readonly string[],
  changes: Partial<CopiedTable> = {},
): CopiedTable {
  return { name, timeColumn, key, replacesWhen: null, relation: name, derived: [], local: [], found: {}, ...changes };
}

/** A letter with a place on the bus is told by that; of others each of one instant counts, as in the table itself. */
const LETTER_KEY = `md5(CASE WHEN position IS NULL
  THEN ROW(time, origin, topic, partition, payload,
    row_number() OVER (PARTITION BY time, origin, topic, partition, position, payload ORDER BY id))::text
  ELSE ROW(origin, topic, coalesce(partition, -1), position, payload)::text END)`;

/**
 * In the order of copying: what others refer to comes first. A row that the target has already is treated as `persist` and the
 * other writers treat one that comes again.
 *
 * Not copied, because it speaks of a bus or of processes that the target does not have: `bus_positions` and
 * `analysis_checkpoints` (offsets in the source's log), `subscriptions`, `leases` and `host_reports` (of hosts that run there).
 */
export const COPIED_TABLES: readonly CopiedTable[] = [
  table('industries', null, ['sector', 'name'], { local: ['id'] }),
  table('companies', null, ['symbol'], {
    relation: `(SELECT companies.*, industries.sector, industries.name AS industry
      FROM companies JOIN industries ON industries.id = companies.industry_id) AS companies`,
    derived: ['sector', 'industry'],
    local: ['industry_id'],
    found: { industry_id: '(SELECT id FROM industries i WHERE i.sector = s.sector AND i.name = s.industry)' },
  }),
  table('alert_rules', null, ['id'], { replacesWhen: 'alert_rules.updated < excluded.updated' }),
  table('gaps', null, ['id'], { replacesWhen: 'gaps.backfilled IS NULL AND excluded.backfilled IS NOT NULL' }),
  // A count grows only: the higher one holds the lower.
  table('data_quality', 'hour', ['hour', 'symbol'], {
    replacesWhen: `data_quality.duplicates + data_quality.late_trades < excluded.duplicates + excluded.late_trades`,
  }),
  table('errors', null, ['scope', 'code', 'message'], { replacesWhen: 'errors.count < excluded.count' }),
  table('trades', 'time', ['time', 'symbol', 'exchange', 'id']),
  table('trade_amendments', 'time', ['symbol', 'exchange', 'original_id', 'time_ns', 'kind', 'id']),
  table('candles', 'open_time', ['open_time', 'symbol', 'interval', 'source'], { replacesWhen: IS_NEWER('candles') }),
  table('indicators', 'open_time', ['open_time', 'symbol', 'interval'], { replacesWhen: IS_NEWER('indicators') }),
  table('alerts', 'time', ['time', 'id']),
  table('deliveries', null, ['alert_id', 'channel'], {
    replacesWhen: 'deliveries.finished IS NULL AND excluded.finished IS NOT NULL',
  }),
  table('dead_letters', 'time', ['copy_key'], {
    relation: `(SELECT *, ${LETTER_KEY} AS copy_key FROM dead_letters) AS dead_letters`,
    derived: ['copy_key'],
    local: ['id'],
  }),
];
