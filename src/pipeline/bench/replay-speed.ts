import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../../bus/bus.ts';
import { createReplayFeed } from '../../feeds/replay/replay-feed.ts';
import { marketEventToJson, silentLog, systemClock } from '../../market/index.ts';
import type { Store } from '../../store/store.ts';
import { median } from '../../testing/benchmark.ts';
import { CLASSIC_PERIODS, CountedMetrics } from '../../testing/pipeline-fixture.ts';
import { tradeStream } from '../../testing/pipeline-trades.ts';
import { openPipeline } from '../open-pipeline.ts';
import type { Metrics, PipelineOptions } from '../pipeline.ts';

export const REPLAYED = { symbols: 500, minutes: 30, tradesPerMinute: 20, repeated: 0.01 } as const;

export interface OpenStack {
  readonly bus: Bus;
  readonly store: Store;
  close(): Promise<void>;
}

/**
 * Trades a second from the first line read to the last row stored, candles and indicators included; medians. Every run
 * has a stack of its own, and what is divided by the time are the rows that the store
 * says were new.
 */
export async function replaySpeed(runs: number, openStack: () => Promise<OpenStack>): Promise<number> {
  const symbols = Array.from({ length: REPLAYED.symbols }, (_, index) => `S${String(index)}`);
  const events = tradeStream({
    ...REPLAYED,
    seed: 1,
    symbols,
    startMs: Date.UTC(2026, 6, 13, 14),
    late: 0,
    corrected: 0,
    cancelled: 0,
    lateByMs: 0,
  });
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-replay-'));
  const file = join(folder, 'trades.ndjson');
  await writeFile(file, events.map(marketEventToJson).join('\n'));
  const speeds: number[] = [];
  for (let run = 0; run < runs; run++) {
    const stack = await openStack();
    const feed = await createReplayFeed({ file, columns: null, symbols: [], speed: 'max', clock: systemClock });
    try {
      const metrics = new CountedMetrics();
      const startedMs = performance.now();
      const options = benchOptions(stack, metrics);
      const roles = new Set(['ingest', 'analyze', 'persist'] as const);
      const pipeline = await openPipeline({ ...options, roles, feed, dataset: 'replay-benchmark' });
      await pipeline.finished;
      const seconds = (performance.now() - startedMs) / 1000;
      await pipeline.close();
      speeds.push((metrics.counts.get('trades_stored_total') ?? 0) / seconds);
    } finally {
      await feed.close();
      await stack.close();
    }
  }
  await rm(folder, { recursive: true, force: true });
  return median(speeds);
}

/** A pipeline on this stack as far as every benchmark has it alike. */
export function benchOptions({ bus, store }: OpenStack, metrics: Metrics): Omit<PipelineOptions, 'roles' | 'dataset'> {
  return {
    bus,
    store,
    feed: null,
    version: '0.0.0',
    hostId: 'benchmark',
    symbols: [],
    indicatorPeriods: CLASSIC_PERIODS,
    alertThresholds: {
      rsiOverbought: 70,
      rsiOversold: 30,
      volatility: 1,
      priceChangePercent: 5,
      volumeChangePercent: 200,
    },
    retention: { tradesMs: 86_400_000, minuteCandlesMs: 86_400_000, maxBytes: null },
    notifiers: [],
    recorder: null,
    maskSecrets: (text) => text,
    clock: systemClock,
    log: silentLog,
    metrics,
  };
}

export function replayConditions(rest: string): string {
  const { symbols, minutes, tradesPerMinute, repeated } = REPLAYED;
  const trades = symbols * minutes * tradesPerMinute;
  return `${String(trades)} trades of ${String(symbols)} symbols over ${String(minutes)} minutes of market time, ${String(repeated * 100)} % repeats; candles of 5 intervals and 8 indicators computed and stored; an NDJSON file replayed at speed max; new rows counted by the store; ${rest}`;
}
