import type { TopicPartition } from '../bus/bus.ts';
import type { RoleContext } from './role-context.ts';

/** Enters into the gap ledger that the log no longer held what a consumer had yet to read. */
export async function positionGap(
  context: RoleContext,
  consumer: string,
  topicPartition: TopicPartition,
  stored: number,
  resumedAt: number,
): Promise<void> {
  const { store, bus, clock } = context.options;
  const nowMs = clock.now();
  const { topic, partition } = topicPartition;
  context.log.warn({ consumer, topic, partition, stored, resumedAt }, 'the stored position lies outside the log');
  try {
    await store.saveGap({
      id: `${bus.clusterId}:${consumer}:${topic}:${String(partition)}:${String(stored)}`,
      symbol: null,
      reason: 'position-outside-log',
      fromMs: nowMs,
      toMs: nowMs,
      lostCount: resumedAt > stored ? resumedAt - stored : null,
      detail: `${consumer} wanted offset ${String(stored)} of ${topic}/${String(partition)}, the log gave ${String(resumedAt)}`,
      backfilledMs: null,
    });
  } catch (cause) {
    context.errors.report({
      scope: consumer,
      error: cause,
      outcome: 'gave-up',
      what: 'could not record a gap',
      fields: { topic },
    });
  }
}
