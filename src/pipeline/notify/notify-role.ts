import type { BatchOutcome, BusBatch, TopicPartition } from '../../bus/bus.ts';
import type { Alert } from '../../market/index.ts';
import type { Notifier } from '../../notify/notifier.ts';
import { partitionName, positionKey, storePosition } from '../positions.ts';
import { positionGap } from '../position-gap.ts';
import type { RoleContext, RunningRole } from '../role-context.ts';

export const NOTIFY_CONSUMER = 'notify';
const DELIVERY_TIMEOUT_MS = 15_000;
const MAX_BATCH_RECORDS = 200;

/** Delivers each alert once over each channel, however many processes run this role. */
export async function startNotify(context: RoleContext): Promise<RunningRole> {
  const closing = new AbortController();
  const deliverer = new AlertDeliverer(context, closing.signal);
  const consumption = await context.options.bus.consume({
    group: NOTIFY_CONSUMER,
    topics: ['alerts'],
    startAt: 'earliest',
    isEphemeral: false,
    lingerMs: 0,
    maxBatchRecords: MAX_BATCH_RECORDS,
    loadPosition: (topicPartition) => deliverer.loadPosition(topicPartition),
    onBatch: (batch) => deliverer.deliver(batch),
    onPositionOutsideLog: (topicPartition, stored, resumedAt) =>
      void positionGap(context, NOTIFY_CONSUMER, topicPartition, stored, resumedAt),
  });
  const channels = context.options.notifiers.map((notifier) => notifier.channel);
  context.board.set('notify', 'ok', channels.length === 0 ? 'no channel configured' : channels.join(', '));
  return {
    close: async () => {
      closing.abort();
      await consumption.close();
      context.board.set('notify', 'off', 'stopped');
    },
  };
}

class AlertDeliverer {
  readonly #context: RoleContext;
  readonly #closing: AbortSignal;
  readonly #expected = new Map<string, number | null>();

  constructor(context: RoleContext, closing: AbortSignal) {
    this.#context = context;
    this.#closing = closing;
  }

  async loadPosition(topicPartition: TopicPartition): Promise<number | null> {
    const { bus, store } = this.#context.options;
    const stored = await store.position(positionKey(bus, NOTIFY_CONSUMER, topicPartition));
    this.#expected.set(partitionName(topicPartition), stored);
    return stored;
  }

  async deliver(batch: BusBatch): Promise<BatchOutcome> {
    const { bus, store, notifiers } = this.#context.options;
    const name = partitionName(batch);
    if (batch.topic === 'alerts') {
      for (const { event } of batch.records) {
        await Promise.all(notifiers.map((notifier) => this.#deliverOnce(event, notifier)));
      }
    }
    const key = positionKey(bus, NOTIFY_CONSUMER, batch);
    const moved = await storePosition(store, key, this.#expected.get(name) ?? null, batch.nextOffset);
    this.#expected.set(name, moved.storedOffset);
    return moved.isStored ? { kind: 'done' } : { kind: 'seek', offset: moved.storedOffset ?? batch.firstOffset };
  }

  async #deliverOnce(alert: Alert, notifier: Notifier): Promise<void> {
    const { store, clock, metrics } = this.#context.options;
    const { channel } = notifier;
    if (!(await store.claimDelivery(alert.id, channel, clock.now()))) return;
    const signal = AbortSignal.any([this.#closing, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]);
    const result = await notifier.deliver(alert, signal);
    metrics.count('deliveries_total', { channel, result: result.isDelivered ? 'delivered' : 'failed' });
    if (!result.isDelivered) {
      this.#context.log.warn({ channel, alertId: alert.id, reason: result.detail }, 'an alert could not be delivered');
      await store.recordError({ scope: `notify:${channel}`, code: 'internal', message: result.detail }, clock.now());
    }
    await store.finishDelivery(alert.id, channel, result, clock.now());
  }
}
