import { PERSIST_CONSUMER } from '../persist/persist-role.ts';
import { positionKey } from '../positions.ts';
import type { RoleContext } from '../role-context.ts';
import type { PartitionAnalysis, PendingRebuild } from './partition-analysis.ts';

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
  if (analysis.pendingRebuilds.length === 0) return;
  const { bus, store } = context.options;
  const key = positionKey(bus, PERSIST_CONSUMER, { topic: 'trades', partition: analysis.partition });
  const storedOffset = (await store.position(key)) ?? 0;
  const ready = analysis.pendingRebuilds.filter((rebuild) => rebuild.neededOffset <= storedOffset);
  for (const sameRange of groupsByRange(ready)) await rebuildRange(context, analysis, sameRange);
}

/** Late prints come in swarms, of many symbols for the same hour: reading them together costs about as much as one of them. */
function groupsByRange(rebuilds: readonly PendingRebuild[]): readonly (readonly PendingRebuild[])[] {
  const groups = new Map<string, PendingRebuild[]>();
  for (const rebuild of rebuilds) {
    const { fromMs, toMs } = rebuild.request;
    const key = `${String(fromMs)} ${String(toMs)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [rebuild]);
    else group.push(rebuild);
  }
  return [...groups.values()];
}

async function rebuildRange(
  context: RoleContext,
  analysis: PartitionAnalysis,
  rebuilds: readonly PendingRebuild[],
): Promise<void> {
  const [first] = rebuilds;
  if (first === undefined) return;
  const { store } = context.options;
  const { fromMs, toMs } = first.request;
  const symbols = [...new Set(rebuilds.map((rebuild) => rebuild.request.symbol))];
  for await (const { symbol, events } of store.tradeEventsIn(symbols, fromMs, toMs)) {
    const bars = { symbol, interval: '1m', source: 'backfill', fromMs, toMs, limit: MAX_BACKFILL_CANDLES } as const;
    const backfill = await store.candles(bars);
    for (const rebuild of rebuilds) {
      if (rebuild.request.symbol === symbol) await analysis.applyRebuild(rebuild, events, backfill);
    }
  }
}

/** Only once the store holds the candles that made a series stale; until then it stays as it is. */
async function recomputeIndicators(context: RoleContext, analysis: PartitionAnalysis): Promise<void> {
  if (analysis.staleSeries.length === 0) return;
  await analysis.noteCandlesEnd();
  const { bus, store } = context.options;
  const { partition } = analysis;
  const stored = (await store.position(positionKey(bus, PERSIST_CONSUMER, { topic: 'candles', partition }))) ?? 0;
  let left = SERIES_PER_ROUND;
  for (const series of analysis.staleSeries) {
    if (series.neededOffset === null || series.neededOffset > stored || left-- <= 0) continue;
    const query = { symbol: series.symbol, interval: series.interval, source: null };
    const { fromMs } = series;
    const warmUp = await store.candles({ ...query, fromMs: null, toMs: fromMs, limit: INDICATOR_HISTORY });
    const candles = await store.candles({ ...query, fromMs, toMs: null, limit: MAX_RECOMPUTED_CANDLES });
    await analysis.recompute(series, warmUp, candles);
  }
}
