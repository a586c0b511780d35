import type { Client } from 'pg';
import type { Interval, TradeEvent } from '../../market/index.ts';
import { type NaiveCandle, naiveCandles } from '../pipeline-naive-candles.ts';

/** What a run left in the database. */
export interface StoredOutcome {
  /** Rows of prints, corrections and cancels. */
  readonly stored: number;
  readonly lost: number;
  /** Rows that should not be there, and messages by which a position went back: they were stored a second time. */
  readonly duplicated: number;
  readonly deadLetters: number;
  /** By open time, symbol, interval and source: the bits of everything else. */
  readonly candles: ReadonlyMap<string, string>;
  /** Candles that differ from those of an independent computation. */
  readonly naiveDifferent: number;
}

/** All that was fed, and of each distinct event, by what tells it apart, what must be stored. */
interface FedEvents {
  readonly events: readonly TradeEvent[];
  readonly distinct: ReadonlyMap<string, string>;
}

const SET_BACKS = 'public.position_set_backs';
const INTRADAY = ['1m', '5m', '15m', '1h'] as const satisfies readonly Interval[];

/** Has the server itself watch that no stored position goes back, which rows with keys would hide. */
export async function watchPositions(client: Client, schema: string): Promise<void> {
  await client.query(`
    CREATE TABLE ${SET_BACKS} (topic text, partition integer, messages bigint);
    CREATE FUNCTION public.note_set_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO ${SET_BACKS} VALUES (NEW.topic, NEW.partition, OLD.next - NEW.next);
      RETURN NEW;
    END $$;
    CREATE TRIGGER note_set_back AFTER UPDATE ON ${schema}.bus_positions
      FOR EACH ROW WHEN (NEW.consumer = 'persist' AND NEW.next < OLD.next) EXECUTE FUNCTION public.note_set_back();`);
}

export async function readOutcome(client: Client, schema: string, feed: FedEvents): Promise<StoredOutcome> {
  const { rows } = await client.query<{ key: string; value: string }>(`
    SELECT concat_ws(' ', 'trade', symbol, id) AS key, concat_ws(' ', time_ns, price, size) AS value
      FROM ${schema}.trades
    UNION ALL
    SELECT concat_ws(' ', kind, symbol, original_id), concat_ws(' ', time_ns, price, size)
      FROM ${schema}.trade_amendments`);
  const right = new Set<string>();
  for (const { key, value } of rows) if (feed.distinct.get(key) === value) right.add(key);
  return {
    stored: rows.length,
    lost: feed.distinct.size - right.size,
    duplicated: rows.length - right.size + (await setBackMessages(client)),
    deadLetters: await countRows(client, `SELECT count(*) FROM ${schema}.dead_letters`),
    candles: await candleBits(client, schema),
    naiveDifferent: await naiveDifferent(client, schema, feed),
  };
}

/** How many messages were stored a second time because a position went back. */
export function setBackMessages(client: Client): Promise<number> {
  return countRows(client, `SELECT coalesce(sum(messages), 0) FROM ${SET_BACKS}`);
}

/** Candles that only one of the two has, or that differ in any bit. */
export function differentCandles(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): number {
  const keys = new Set([...a.keys(), ...b.keys()]);
  return [...keys].filter((key) => a.get(key) !== b.get(key)).length;
}

export async function countRows(client: Client, query: string): Promise<number> {
  const { rows } = await client.query<{ n: string }>(`SELECT (${query})::text AS n`);
  return Number(rows[0]?.n);
}

async function candleBits(client: Client, schema: string): Promise<ReadonlyMap<string, string>> {
  const numbers = ['open', 'high', 'low', 'close', 'volume', 'vwap'].map(
    (column) => `coalesce(encode(float8send(${column}), 'hex'), '-')`,
  );
  const { rows } = await client.query<{ key: string; value: string }>(`
    SELECT concat_ws(' ', open_time, symbol, interval, source) AS key,
      concat_ws(' ', ${numbers.join(', ')}, trade_count, revision, is_closed) AS value
    FROM ${schema}.candles`);
  return new Map(rows.map(({ key, value }) => [key, value]));
}

async function naiveDifferent(client: Client, schema: string, { events }: FedEvents): Promise<number> {
  let different = 0;
  for (const interval of INTRADAY) {
    const { rows } = await client.query<NaiveCandle>(
      `SELECT symbol, (extract(epoch FROM open_time) * 1000)::float8 AS "openTimeMs", open, high, low, close, volume,
         trade_count::float8 AS "tradeCount" FROM ${schema}.candles WHERE interval = $1 AND is_closed`,
      [interval],
    );
    const textOf = (candle: NaiveCandle): string =>
      [candle.open, candle.high, candle.low, candle.close, candle.volume, candle.tradeCount].join(' ');
    const byKey = (candles: readonly NaiveCandle[]): ReadonlyMap<string, string> =>
      new Map(candles.map((candle) => [`${candle.symbol} ${String(candle.openTimeMs)}`, textOf(candle)]));
    different += differentCandles(byKey(rows), byKey(naiveCandles(events, interval)));
  }
  return different;
}
