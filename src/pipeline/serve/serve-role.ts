import type { BusBatch, TopicKind } from '../../bus/bus.ts';
import type { TradeEvent } from '../../market/index.ts';
import type { RoleContext, RunningRole } from '../role-context.ts';
import { PERSISTED_TOPICS } from '../persist/persist-role.ts';
import { consumeMetered } from '../health/metered-consumption.ts';
import { MarketDesk } from './market-desk.ts';

const MAX_BATCH_RECORDS = 2_000;

export interface ServeRole extends RunningRole {
  readonly desk: MarketDesk;
}

/** Follows the bus from now on, over what the store already knows. */
export async function startServe(context: RoleContext): Promise<ServeRole> {
  const desk = new MarketDesk(context);
  const consumption = await consumeMetered(context, 'serve', {
    group: `serve-${context.options.hostId}`,
    topics: ['trades', 'quotes', 'candles', 'alerts', 'statuses', 'control', 'dead-letters'],
    startAt: context.options.serveStartAt ?? 'latest',
    isEphemeral: true,
    lingerMs: 0,
    maxBatchRecords: MAX_BATCH_RECORDS,
    loadPosition: () => Promise.resolve(null),
    onBatch: (batch) => {
      measure(context, batch);
      desk.apply(batch);
      return Promise.resolve({ kind: 'done' });
    },
  });
  desk.prime().catch((cause: unknown) => {
    context.errors.report({
      scope: 'serve',
      error: cause,
      outcome: 'skipped',
      what: 'could not read the last prices from the store',
    });
  });
  context.board.set('serve', 'ok', 'serving');
  return {
    desk,
    close: async () => {
      await consumption.close();
      await desk.close();
      context.board.set('serve', 'off', 'stopped');
    },
  };
}

function measure(context: RoleContext, batch: BusBatch): void {
  const { activity, health } = context;
  const timeMs = exchangeTimeOf(batch);
  if (timeMs !== undefined) activity.noteEventTime('serve', timeMs);
  if (batch.topic === 'dead-letters') activity.countDeadLetters('serve', batch.records.length);
  // Those of other topics come back as dead letters.
  if (isPersisted(batch.topic)) activity.countDeadLetters('serve', batch.badRecords.length);
  if (batch.topic !== 'trades') return;
  activity.countTrades('serve', batch.records.length);
  const first: TradeEvent | undefined = batch.records[0]?.event;
  if (first === undefined) return;
  health.addSinceReceipt('ingest_to_desk', first);
  const ageMs = health.ageMs(first);
  if (ageMs !== null) activity.latency.add(ageMs);
}

function isPersisted(topic: TopicKind): boolean {
  return (PERSISTED_TOPICS as readonly TopicKind[]).includes(topic);
}

/** Of the last event; a feed of bars shows in minute candles only. */
function exchangeTimeOf(batch: BusBatch): number | undefined {
  if (batch.topic === 'trades' || batch.topic === 'quotes') return batch.records.at(-1)?.event.timeMs;
  if (batch.topic !== 'candles') return undefined;
  return batch.records.findLast(({ event }) => event.interval === '1m' && event.source !== 'backfill')?.event
    .openTimeMs;
}
