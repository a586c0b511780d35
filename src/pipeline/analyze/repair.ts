import { TapedeckError } from '../../market/index.ts';
import { PERSIST_CONSUMER } from '../persist/persist-role.ts';
import { positionKey } from '../positions.ts';
import type { RoleContext } from '../role-context.ts';
import { INDICATOR_HISTORY } from './indicator-book.ts';
import type { PartitionAnalysis, PendingRebuild } from './partition-analysis.ts';

const REBUILDS_PER_ROUND = 32;
const SERIES_PER_ROUND = 64;
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

async function recomputeIndicators(context: RoleContext, analysis: PartitionAnalysis): Promise<void> {
  const { bus, store } = context.options;
  const stale = analysis.staleSeries.slice(0, SERIES_PER_ROUND);
  if (stale.length === 0) return;
  const [end = 0, stored] = await Promise.all([
    bus.endOffsets('candles').then((offsets) => offsets[analysis.partition]),
    store.position(positionKey(bus, PERSIST_CONSUMER, { topic: 'candles', partition: analysis.partition })),
  ]);
  void end;
  void stored;
  for (const series of stale) {
    try {
      const candles = await store.candles({
        ...series,
        source: null,
        fromMs: null,
        toMs: null,
        limit: INDICATOR_HISTORY,
      });
      await analysis.recompute(series, candles);
    } catch (cause) {
      context.log.warn({ ...series, reason: TapedeckError.from(cause).message }, 'indicators stay as they are for now');
      return;
    }
  }
}
