import type { TopicKind } from '../bus/bus.ts';
import type { TapedeckError } from '../market/index.ts';
import { ANALYZE_END_CONSUMER } from './analyze/end-watch.ts';
import { saveFeedEnd } from './feed-end.ts';
import { PERSIST_CONSUMER } from './persist/persist-role.ts';
import { pause } from '../runtime/pause.ts';
import { hasPassed } from './positions.ts';
import { retry } from './retry.ts';
import type { RoleContext } from './role-context.ts';

const CHECK_EVERY_MS = 100;
const DERIVED_TOPICS = ['candles', 'indicators', 'alerts', 'dead-letters'] as const satisfies readonly TopicKind[];

/**
 * Resolves when everything a finite feed gave has been analysed and stored, wherever those roles run. Never resolves when
 * `signal` aborts first.
 */
export async function followToEnd(context: RoleContext, feedEnded: Promise<void>, signal: AbortSignal): Promise<void> {
  await feedEnded;
  const { bus, store, clock } = context.options;
  const report = (error: TapedeckError): void =>
    context.errors.report({
      scope: 'ingest',
      error,
      outcome: 'retried',
      what: 'cannot see yet whether the end is stored',
    });
  const persistent = <T>(work: () => Promise<T>): Promise<T> => retry({ work, signal, onFailure: report });

  const end = {
    clusterId: bus.clusterId,
    trades: await persistent(() => bus.endOffsets('trades')),
    bars: await persistent(() => bus.endOffsets('bars')),
  };
  await persistent(() => saveFeedEnd(store, end, clock.now()));
  const until = async (consumer: string, topic: TopicKind, endOffsets: readonly number[]): Promise<void> => {
    while (!(await persistent(() => hasPassed(bus, store, consumer, topic, endOffsets)))) {
      if (!(await pause(CHECK_EVERY_MS, signal))) return await new Promise(() => undefined);
    }
  };
  await until(ANALYZE_END_CONSUMER, 'trades', end.trades);
  await until(ANALYZE_END_CONSUMER, 'bars', end.bars);
  await until(PERSIST_CONSUMER, 'trades', end.trades);
  for (const topic of DERIVED_TOPICS) {
    await until(PERSIST_CONSUMER, topic, await persistent(() => bus.endOffsets(topic)));
  }
}
