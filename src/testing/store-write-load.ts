import type { Trade } from '../market/index.ts';
import { BASE_MS, emptyBatch, positionOf, recordsOf } from './store-rows.ts';
import { median } from './benchmark.ts';
import { BinaryRows } from '../store/binary-rows.ts';
import type { SqlDatabase } from '../store/sql-database.ts';
import type { Store } from '../store/store.ts';
import { encodeTrades } from '../store/trade-rows.ts';
import { TradeTally } from '../store/trade-tally.ts';

export const SYMBOLS = 500;
export const ROWS = 200_000;
export const ROWS_PER_BATCH = 10_000;
/** Repeats are drawn evenly from this many prints before them. */
export const REPEAT_REACH = 100_000;

const RUNS = 5;
const MICROS_APART = 50;

/** Prints of one run, shaped like a busy tape; runs never share a key. */
export function tradesOfRun(run: number, repeatShare: number, random: () => number): readonly Trade[] {
  const trades: Trade[] = [];
  for (let index = 0; index < ROWS; index++) {
    const isRepeat = index >= ROWS_PER_BATCH && random() < repeatShare;
    const original = isRepeat ? trades[index - 1 - Math.floor(random() * Math.min(index, REPEAT_REACH))] : undefined;
    trades.push(original ?? freshTrade(run, index));
  }
  return trades;
}

function freshTrade(run: number, index: number): Trade {
  const micros = index * MICROS_APART;
  const timeMs = BASE_MS + run * 3_600_000 + Math.floor(micros / 1000);
  return {
    type: 'trade',
    symbol: `SYM${index % SYMBOLS}`,
    timeMs,
    nanosOfMs: (micros % 1000) * 1000 + 501,
    price: 100 + (index % 4000) / 100,
    size: 1 + (index % 500),
    id: String(52_983_525_000_000 + index),
    exchange: 'V',
    tape: 'C',
    conditions: index % 3 === 0 ? ['@'] : ['@', 'I'],
    sequence: index,
    source: 'live',
    provider: 'alpaca',
    receivedMs: timeMs + 20,
  };
}

/** The same rows as one COPY stream, encoded beforehand. */
export function copyStream(trades: readonly Trade[]): Uint8Array {
  const rows = new BinaryRows();
  encodeTrades(recordsOf(trades), null, new BinaryRows(), rows, new TradeTally());
  return rows.finish();
}

export interface WriteSpeeds {
  readonly baseline: number;
  readonly withoutRepeats: number;
  readonly withRepeats: number;
}

/** Median rows/s of the baseline and of `persist` with 0 % and with 1 % repeats, in turn, each into an empty table. */
export async function measureWrites(
  database: SqlDatabase,
  store: Store,
  baseline: () => Promise<void>,
  random: () => number,
): Promise<WriteSpeeds> {
  const speeds = { baseline: [] as number[], withoutRepeats: [] as number[], withRepeats: [] as number[] };
  let expected = await store.position(positionOf(0, 'bench'));
  const write = async (trades: readonly Trade[]): Promise<void> => {
    for (let start = 0; start < trades.length; start += ROWS_PER_BATCH) {
      const next = (expected ?? 0) + ROWS_PER_BATCH;
      const outcome = await store.persist({
        ...emptyBatch(positionOf(0, 'bench'), expected, next),
        trades: recordsOf(trades.slice(start, start + ROWS_PER_BATCH), expected ?? 0),
      });
      if (outcome.kind !== 'stored') throw new Error('another writer took the position');
      expected = next;
    }
  };
  const timed = async (work: () => Promise<void>): Promise<number> => {
    await database.run('TRUNCATE trades; CHECKPOINT');
    const start = performance.now();
    await work();
    return ROWS / ((performance.now() - start) / 1000);
  };
  for (let run = 0; run <= RUNS; run++) {
    const clean = tradesOfRun(2 * run, 0, random);
    const repeating = tradesOfRun(2 * run + 1, 0.01, random);
    const measured = {
      baseline: await timed(baseline),
      withoutRepeats: await timed(() => write(clean)),
      withRepeats: await timed(() => write(repeating)),
    };
    if (run === 0) continue;
    speeds.baseline.push(measured.baseline);
    speeds.withoutRepeats.push(measured.withoutRepeats);
    speeds.withRepeats.push(measured.withRepeats);
  }
  return {
    baseline: median(speeds.baseline),
    withoutRepeats: median(speeds.withoutRepeats),
    withRepeats: median(speeds.withRepeats),
  };
}

/** Marsaglia's xorshift32: the same repeats on every run. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

/** Both kinds of load in words, the worse of the two being the result. */
export function describeSpeeds(speeds: WriteSpeeds): string {
  const share = (speed: number): string => `${Math.round(speed)} rows/s (${(speed / speeds.baseline).toFixed(2)}x)`;
  return (
    `${ROWS} prints of ${SYMBOLS} symbols in batches of ${ROWS_PER_BATCH}, one writer; ` +
    `0 % repeats: ${share(speeds.withoutRepeats)}, 1 % repeats (of the last ${REPEAT_REACH}): ${share(speeds.withRepeats)}; the worse counts`
  );
}
