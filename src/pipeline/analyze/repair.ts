import { PERSIST_CONSUMER } from '../persist/persist-role.ts';
import { positionKey } from '../positions.ts';
import type { RoleContext } from '../role-context.ts';
import type { PartitionAnalysis, PendingRebuild } from './partition-analysis.ts';

const REBUILDS_PER_ROUND = 32;
const SERIES_PER_ROUND = 64;
/** After this many candles the slowest usual indicator no longer remembers where it began. */
const INDICATOR_HISTORY = 300;
const MAX_RECOMPUTED_CANDLES = 20_000;
/** More minutes than a rebuild can span. */
const MAX_BACKFILL_CANDLES = 10_000;

/** Computes from the store what has left memory: candles that a late print concerns, indicators whose past has changed. */
export async function repairPartition(context: RoleContext, analysis: PartitionAnalysis): Promise<void> {
  await rebuildCandles(context, analysis);
  await recomputeIndicators(context, analysis);
}

async function rebuildCandles(context: RoleContext, analysis: PartitionAnalysis): Promise<void> {
  const pending = analysis.pendingRebuilds.slice(0, REBUILDS_PER_ROUND);
  if (pending.length === 0) return;
  const { bus, store } = context.options;
  const key = positionKey(bus, PERSIST_CONSUMER, { topic: 'trades', partition: analysis.partition });
  const storedOffset = (await store.position(key)) ?? 0;
  for (const rebuild of pending) {
    if (rebuild.neededOffset <= storedOffset) await rebuildOne(context, analysis, rebuild);
  }
}

async function rebuildOne(context: RoleContext, analysis: PartitionAnalysis, rebuild: PendingRebuild): Promise<void> {
  const { store } = context.options;
  const { symbol, fromMs, toMs } = rebuild.request;
  const events = await store.tradeEventsIn(symbol, fromMs, toMs);
  const backfill = await store.candles({
    symbol,
    interval: '1m',
    source: 'backfill',
    fromMs,
    toMs,
    limit: MAX_BACKFILL_CANDLES,
  });
  await analysis.applyRebuild(rebuild, events, backfill);
}

/** Only once the store holds the candles that made a series stale; until then it stays as it is. */
async function recomputeIndicators(context: RoleContext, analysis: PartitionAnalysis): Promise<void> {
  const stale = analysis.staleSeries;
  if (stale.length === 0) return;
  const { bus, store } = context.options;
  const { partition } = analysis;
  const endOffset = (await bus.endOffsets('candles'))[partition] ?? 0;
  const stored = (await store.position(positionKey(bus, PERSIST_CONSUMER, { topic: 'candles', partition }))) ?? 0;
  let left = SERIES_PER_ROUND;
  for (const series of stale) {
    series.neededOffset ??= endOffset;
    if (series.neededOffset > stored || left-- <= 0) continue;
    const query = { symbol: series.symbol, interval: series.interval, source: null };
    const { fromMs } = series;
    const warmUp = await store.candles({ ...query, fromMs: null, toMs: fromMs, limit: INDICATOR_HISTORY });
    const candles = await store.candles({ ...query, fromMs, toMs: null, limit: MAX_RECOMPUTED_CANDLES });
    await analysis.recompute(series, warmUp, candles);
  }
}
