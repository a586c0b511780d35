import type { BatchOutcome, BusBatch, TopicPartition } from '../../bus/bus.ts';
import { partitionName, positionKey, storePosition } from '../positions.ts';
import { consumeMetered } from '../health/metered-consumption.ts';
import { PositionGaps } from '../position-gaps.ts';
import { RepeatingTask } from '../repeating-task.ts';
import type { RoleContext, RunningRole } from '../role-context.ts';
import { AlertDeliverer } from './alert-deliverer.ts';

export const NOTIFY_CONSUMER = 'notify';
const MAX_BATCH_RECORDS = 200;
const ABANDONED_CHECK_MS = 30_000;

/** Delivers each alert once over each channel, however many processes run this role. */
export async function startNotify(context: RoleContext): Promise<RunningRole> {
  const closing = new AbortController();
  const deliverer = new AlertDeliverer(context, closing.signal);
  const reader = new AlertReader(context, deliverer);
  const gaps = new PositionGaps(context, NOTIFY_CONSUMER);
  const consumption = await consumeMetered(context, 'notify', {
    group: NOTIFY_CONSUMER,
    topics: ['alerts'],
    startAt: 'earliest',
    isEphemeral: false,
    lingerMs: 0,
    maxBatchRecords: MAX_BATCH_RECORDS,
    loadPosition: (topicPartition) => reader.loadPosition(topicPartition),
    onBatch: (batch) => reader.deliver(batch),
    onPositionOutsideLog: (topicPartition, stored, resumedAt) => gaps.record(topicPartition, stored, resumedAt),
  });
  const abandoned = new RepeatingTask(
    ABANDONED_CHECK_MS,
    () => deliverer.deliverAbandoned(),
    (error) =>
      context.errors.report({
        scope: 'notify',
        error,
        outcome: 'retried',
        what: 'could not look for abandoned deliveries',
      }),
  );
  abandoned.runSoon();
  const channels = context.options.notifiers.map((notifier) => notifier.channel);
  context.board.set('notify', 'ok', channels.length === 0 ? 'no channel configured' : channels.join(', '));
  return {
    close: async () => {
      closing.abort();
      // Together: until its consumption is closed, the reader is handed again what it gives back.
      await Promise.all([abandoned.stop(), consumption.close()]);
      await gaps.close();
      context.board.set('notify', 'off', 'stopped');
    },
  };
}

class AlertReader {
  readonly #context: RoleContext;
  readonly #deliverer: AlertDeliverer;
  readonly #expected = new Map<string, number | null>();

  constructor(context: RoleContext, deliverer: AlertDeliverer) {
    this.#context = context;
    this.#deliverer = deliverer;
  }

  async loadPosition(topicPartition: TopicPartition): Promise<number | null> {
    const { bus, store } = this.#context.options;
    const stored = await store.position(positionKey(bus, NOTIFY_CONSUMER, topicPartition));
    this.#expected.set(partitionName(topicPartition), stored);
    return stored;
  }

  async deliver(batch: BusBatch): Promise<BatchOutcome> {
    const { bus, store } = this.#context.options;
    const name = partitionName(batch);
    if (batch.topic === 'alerts') {
      const isDone = await this.#deliverer.deliver(batch.records.map(({ event }) => event));
      // Closing left the rest for whoever reads this partition next.
      if (!isDone) return { kind: 'seek', offset: batch.firstOffset };
    }
    const key = positionKey(bus, NOTIFY_CONSUMER, batch);
    const moved = await storePosition(store, key, this.#expected.get(name) ?? null, batch.nextOffset);
    this.#expected.set(name, moved.storedOffset);
    return moved.isStored ? { kind: 'done' } : { kind: 'seek', offset: moved.storedOffset ?? batch.firstOffset };
  }
}
