import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { marketEventToJson, type Trade } from '../../market/index.ts';
import { mulberry32 } from '../pipeline-trades.ts';
import { CHAOS_FILE, type ChaosFeed } from './chaos-feed.ts';
import { countRows, setBackMessages } from './stored-outcome.ts';

export interface SteadyFeedOptions {
  readonly folder: string;
  readonly seed: number;
  readonly symbolCount: number;
  readonly tradesPerSecond: number;
  readonly seconds: number;
  /** From a second on so large a share of all trades (0 to 1) is of `HOT_SYMBOL`; spread evenly where not given. */
  readonly hot?: { readonly fromSecond: number; readonly share: number };
}

export const HOT_SYMBOL = 'S0';

/** Market time of the first print. */
export const STEADY_START_MS = Date.UTC(2026, 6, 13, 14);
const RECEIVED = /,"received":"[^"]*"/;
const LINES_PER_WRITE = 1_000;

/** Good prints at an even rate, as many as one likes: they are written as they are made, and the database compares them. */
export async function writeSteadyFeed(options: SteadyFeedOptions): Promise<ChaosFeed> {
  const { folder, seconds, tradesPerSecond } = options;
  const file = join(folder, CHAOS_FILE);
  const count = seconds * tradesPerSecond;
  await pipeline(Readable.from(chunks(options, count)), createWriteStream(file));
  return {
    file,
    lengthMs: seconds * 1_000,
    eventCount: count,
    distinctCount: count,
    malformedCount: 0,
    readOutcome: async (client, schema) => {
      const stored = await countRows(client, `SELECT count(*) FROM ${schema}.trades`);
      const distinct = await countRows(client, `SELECT count(DISTINCT id) FROM ${schema}.trades`);
      return {
        stored,
        lost: count - distinct,
        duplicated: stored - distinct + (await setBackMessages(client)),
        deadLetters: await countRows(client, `SELECT count(*) FROM ${schema}.dead_letters`),
        candles: new Map(),
        naiveDifferent: await countRows(client, differentMinutes(schema)),
      };
    },
  };
}

function* chunks(options: SteadyFeedOptions, count: number): Generator<string> {
  const { symbolCount, tradesPerSecond, seed, hot = { fromSecond: Infinity, share: 0 } } = options;
  const random = mulberry32(seed);
  let lines: string[] = [];
  for (let index = 0; index < count; index++) {
    const timeMs = STEADY_START_MS + Math.floor((index * 1_000) / tradesPerSecond);
    const isHot = index >= hot.fromSecond * tradesPerSecond && random() < hot.share;
    const print: Trade = {
      type: 'trade',
      symbol: isHot ? HOT_SYMBOL : `S${String(Math.floor(random() * symbolCount))}`,
      timeMs,
      nanosOfMs: index % 1_000_000,
      source: 'replay',
      provider: 'replay',
      receivedMs: timeMs,
      price: 100 + Math.floor(random() * 1_000) / 100,
      size: 1 + Math.floor(random() * 400),
      id: String(index),
      exchange: 'V',
      tape: 'A',
      conditions: [],
      sequence: index + 1,
    };
    // Without the time of receipt, so that whoever reads it says when that was.
    lines.push(marketEventToJson(print).replace(RECEIVED, ''));
    if (lines.length < LINES_PER_WRITE) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`;
}

/** Counts the minutes whose candle is not what the database itself makes of the prints. */
function differentMinutes(schema: string): string {
  return `WITH built AS (
      SELECT symbol, open_time, open, high, low, close, volume, trade_count FROM ${schema}.candles
      WHERE interval = '1m' AND source = 'replay' AND is_closed
    ), counted AS (
      SELECT symbol, date_trunc('minute', time) AS open_time, (array_agg(price ORDER BY sequence))[1] AS open,
        max(price) AS high, min(price) AS low, (array_agg(price ORDER BY sequence DESC))[1] AS close,
        sum(size) AS volume, count(*) AS trade_count
      FROM ${schema}.trades GROUP BY symbol, date_trunc('minute', time)
    )
    SELECT count(*) FROM built FULL JOIN counted USING (symbol, open_time)
    WHERE (built.open, built.high, built.low, built.close, built.volume, built.trade_count)
      IS DISTINCT FROM (counted.open, counted.high, counted.low, counted.close, counted.volume, counted.trade_count)`;
}
