import type { Bus } from '../../bus/bus.ts';
import { silentLog, systemClock } from '../../market/index.ts';
import type { Store } from '../../store/store.ts';
import { median } from '../../testing/benchmark.ts';
import { ScriptedFeed } from '../../testing/pipeline-feed.ts';
import { CLASSIC_PERIODS, CountedMetrics } from '../../testing/pipeline-fixture.ts';
import { tradeStream } from '../../testing/pipeline-trades.ts';
import { openPipeline } from '../open-pipeline.ts';

export const REPLAYED = { symbols: 500, minutes: 30, tradesPerMinute: 20, repeated: 0.01 } as const;

export interface OpenStack {
  readonly bus: Bus;
  readonly store: Store;
  close(): Promise<void>;
}

/**
 * Trades a second from the first event read to the last row stored, candles and indicators included; medians. Every run
 * has a stack of its own, and what is divided by the time is what the store answers when asked for its trades.
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
  const speeds: number[] = [];
  for (let run = 0; run < runs; run++) {
    const stack = await openStack();
    try {
      const startedMs = performance.now();
      const pipeline = await openPipeline({
        roles: new Set(['ingest', 'analyze', 'persist']),
        bus: stack.bus,
        store: stack.store,
        feed: new ScriptedFeed({ events, batchEvents: 2_000 }),
        dataset: 'replay-benchmark',
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
        clock: systemClock,
        log: silentLog,
        metrics: new CountedMetrics(),
      });
      await pipeline.finished;
      const seconds = (performance.now() - startedMs) / 1000;
      await pipeline.close();
      speeds.push((await storedTrades(stack.store, symbols)) / seconds);
    } finally {
      await stack.close();
    }
  }
  return median(speeds);
}

async function storedTrades(store: Store, symbols: readonly string[]): Promise<number> {
  let count = 0;
  for (const symbol of symbols) {
    count += (await store.trades({ symbol, fromMs: null, toMs: null, limit: 100_000 })).length;
  }
  return count;
}

export function replayConditions(rest: string): string {
  const { symbols, minutes, tradesPerMinute, repeated } = REPLAYED;
  const trades = symbols * minutes * tradesPerMinute;
  return `${String(trades)} trades of ${String(symbols)} symbols over ${String(minutes)} minutes of market time, ${String(repeated * 100)} % repeats; candles of 5 intervals and 8 indicators computed and stored; counted in the store; ${rest}`;
}
