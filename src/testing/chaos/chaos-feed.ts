import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { marketEventToJson, type TradeEvent } from '../../market/index.ts';
import { mulberry32, tradeStream } from '../pipeline-trades.ts';
import { malformedLines } from './malformed-lines.ts';
import { readOutcome, type StoredOutcome } from './stored-outcome.ts';

export interface ChaosFeedOptions {
  readonly folder: string;
  readonly seed: number;
  readonly symbolCount: number;
  readonly minutes: number;
  /** Per symbol and minute. */
  readonly tradesPerMinute: number;
  readonly malformedCount: number;
}

/** A replay file of which it is known what must come of it. */
export interface ChaosFeed {
  readonly file: string;
  /** In market time. */
  readonly lengthMs: number;
  /** Good lines, repeats included. */
  readonly eventCount: number;
  /** Distinct prints, corrections and cancels. */
  readonly distinctCount: number;
  readonly malformedCount: number;
  /** Compares what is stored with what must be. */
  readOutcome(client: Client, schema: string): Promise<StoredOutcome>;
}

/** The file's name, and with it the dataset's. */
export const CHAOS_FILE = 'chaos.ndjson';
const MINUTE_MS = 60_000;

/** Writes prints of which some come late, again, corrected or cancelled, and unreadable lines among them. */
export async function writeChaosFeed(options: ChaosFeedOptions): Promise<ChaosFeed> {
  const { seed, symbolCount, minutes, tradesPerMinute, malformedCount } = options;
  const events = tradeStream({
    seed,
    symbols: Array.from({ length: symbolCount }, (_, index) => `S${String(index)}`),
    startMs: Date.UTC(2026, 6, 13, 14),
    minutes,
    tradesPerMinute,
    repeated: 0.02,
    late: 0.01,
    corrected: 0.01,
    cancelled: 0.01,
    // Some of them after their minute has left memory.
    lateByMs: 90_000,
  });
  const lines = events.map(marketEventToJson);
  const random = mulberry32(seed + 1);
  for (const line of malformedLines(malformedCount, seed + 2)) {
    lines.splice(Math.floor(random() * lines.length), 0, line);
  }
  const file = join(options.folder, CHAOS_FILE);
  await writeFile(file, `${lines.join('\n')}\n`);
  const distinct = new Map(events.map((event) => [keyOf(event), valueOf(event)]));
  return {
    file,
    lengthMs: minutes * MINUTE_MS,
    eventCount: events.length,
    distinctCount: distinct.size,
    malformedCount,
    readOutcome: (client, schema) => readOutcome(client, schema, { events, distinct }),
  };
}

function keyOf(event: TradeEvent): string {
  const id = event.type === 'trade' ? event.id : event.originalId;
  return `${event.type} ${event.symbol} ${id}`;
}

/** As `stored-outcome` reads it back. */
function valueOf(event: TradeEvent): string {
  const timeNs = BigInt(event.timeMs) * 1_000_000n + BigInt(event.nanosOfMs);
  return event.type === 'cancel' ? String(timeNs) : `${String(timeNs)} ${String(event.price)} ${String(event.size)}`;
}
