import type { Trade, TradeCancel, TradeCorrection } from '../market/index.ts';
import type { BinaryRows } from './binary-rows.ts';
import type { RecentKeys } from './recent-keys.ts';
import { sqlJson, sqlTime } from './sql-values.ts';
import type { TradeRecord } from './store.ts';
import type { TradeTally } from './trade-tally.ts';

export const TRADE_COLUMNS =
  'time, symbol, exchange, id, time_ns, price, size, tape, conditions, sequence, source, provider, received, bus_offset';
const COLUMN_COUNT = 14;
export const TRADE_ROW_BYTES = 232;

/** Encodes prints into `fresh`, those whose key was seen lately into `suspect`; without `recent` all of them. */
export function encodeTrades(
  records: readonly TradeRecord<Trade>[],
  recent: RecentKeys | null,
  fresh: BinaryRows,
  suspect: BinaryRows,
  tally: TradeTally,
): void {
  const rows = recent === null ? suspect : fresh;
  for (const { offset, event: trade } of records) {
    const rowStart = rows.position;
    rows.startRow(COLUMN_COUNT);
    const keyStart = rows.position;
    rows.timestamptz(trade.timeMs, trade.nanosOfMs);
    rows.text(trade.symbol);
    rows.text(trade.exchange);
    rows.text(trade.id);
    const isSuspect = recent?.seenBefore(rows.bytesFrom(keyStart)) ?? false;
    rows.epochNanos(trade.timeMs, trade.nanosOfMs);
    rows.float8(trade.price);
    rows.float8(trade.size);
    rows.text(trade.tape);
    rows.textArray(trade.conditions);
    if (trade.sequence === null) rows.null();
    else rows.int8(trade.sequence);
    rows.text(trade.source);
    rows.text(trade.provider);
    rows.timestamptz(trade.receivedMs);
    rows.int8(offset);
    if (isSuspect) {
      suspect.appendRow(rows.bytesFrom(rowStart));
      rows.dropLastRow(rowStart);
    }
    if (isSuspect || recent === null) tally.addSuspect(trade);
    else tally.addStored(trade);
  }
}

// SQL divides towards zero: before 1970 its remainders are negative.
const NANOS_OF_MS = '(time_ns % 1000000 + 1000000) % 1000000';
const TIME_PARTS = `(time_ns - ${NANOS_OF_MS}) / 1000000 AS time_ms, (${NANOS_OF_MS})::int4 AS nanos_of_ms`;

/** Time columns are read as whole milliseconds and the nanoseconds below, so that nothing is rounded. */
export const SELECT_TRADE = `symbol, exchange, id, ${TIME_PARTS}, price, size, tape, conditions, sequence, source, provider, received`;

export interface TradeRow {
  readonly symbol: string;
  readonly exchange: string;
  readonly id: string;
  readonly time_ms: number;
  readonly nanos_of_ms: number;
  readonly price: number;
  readonly size: number;
  readonly tape: string;
  readonly conditions: readonly string[];
  readonly sequence: number | null;
  readonly source: Trade['source'];
  readonly provider: string;
  readonly received: number;
}

export function tradeOf(row: TradeRow): Trade {
  return {
    type: 'trade',
    symbol: row.symbol,
    timeMs: row.time_ms,
    nanosOfMs: row.nanos_of_ms,
    price: row.price,
    size: row.size,
    id: row.id,
    exchange: row.exchange,
    tape: row.tape,
    conditions: row.conditions,
    sequence: row.sequence,
    source: row.source,
    provider: row.provider,
    receivedMs: row.received,
  };
}

export const SELECT_AMENDMENT = `symbol, exchange, original_id, kind, id, ${TIME_PARTS}, price, size, tape, conditions, source, provider, received`;

export interface AmendmentRow extends Omit<TradeRow, 'sequence'> {
  readonly original_id: string;
  readonly kind: 'correction' | 'cancel';
}

export function amendmentOf(row: AmendmentRow): TradeCorrection | TradeCancel {
  const common = {
    symbol: row.symbol,
    timeMs: row.time_ms,
    nanosOfMs: row.nanos_of_ms,
    source: row.source,
    provider: row.provider,
    receivedMs: row.received,
    exchange: row.exchange,
    tape: row.tape,
    originalId: row.original_id,
  };
  return row.kind === 'cancel'
    ? { type: 'cancel', ...common }
    : { type: 'correction', ...common, id: row.id, price: row.price, size: row.size, conditions: row.conditions };
}

export const INSERT_AMENDMENTS = `INSERT INTO trade_amendments (symbol, exchange, original_id, time_ns, kind, id, time, price,
    size, tape, conditions, source, provider, received)
  SELECT symbol, exchange, original_id, time_ms * 1000000 + nanos_of_ms, kind, id, time, price, size, tape, conditions, source,
    provider, received
  FROM jsonb_to_recordset($1::jsonb) AS new (symbol text, exchange text, original_id text, time_ms bigint, nanos_of_ms bigint,
    kind text, id text, time timestamptz, price float8, size float8, tape text, conditions text[], source text, provider text,
    received timestamptz)
  ON CONFLICT DO NOTHING`;

export function amendmentsParameter(records: readonly TradeRecord<TradeCorrection | TradeCancel>[]): string {
  return sqlJson(
    records.map(({ event }) => ({
      symbol: event.symbol,
      exchange: event.exchange,
      original_id: event.originalId,
      time_ms: event.timeMs,
      nanos_of_ms: event.nanosOfMs,
      kind: event.type,
      id: event.type === 'correction' ? event.id : '',
      time: sqlTime(event.timeMs),
      price: event.type === 'correction' ? event.price : null,
      size: event.type === 'correction' ? event.size : null,
      tape: event.tape,
      conditions: event.type === 'correction' ? event.conditions : [],
      source: event.source,
      provider: event.provider,
      received: sqlTime(event.receivedMs),
    })),
  );
}

export function isPrint(record: TradeRecord): record is TradeRecord<Trade> {
  return record.event.type === 'trade';
}

export function isAmendment(record: TradeRecord): record is TradeRecord<TradeCorrection | TradeCancel> {
  return record.event.type !== 'trade';
}
