import type { BatchOutcome, BusBatch, Consumption, TopicPartition } from '../../bus/bus.ts';
import { partitionName, positionKey, storePosition } from '../positions.ts';
import type { RoleContext } from '../role-context.ts';
import { recordRefused } from '../refused-reason.ts';
import { refusedRecords } from './persist-batch.ts';

const REFUSED_CONSUMER = 'refused';
const LINGER_MS = 1_000;
const MAX_BATCH_RECORDS = 10_000;
/** Reading some messages again finds the same dead letters, so the position may be behind. */
const STORE_POSITION_EVERY_MS = 10_000;

/**
 * Makes dead letters of what nobody can read on the topics whose good messages are not stored: desks, which skip it, are
 * many or none.
 */
export function watchRefusedMessages(context: RoleContext): Promise<Consumption> {
  const watch = new RefusedMessages(context);
  return context.options.bus.consume({
    group: REFUSED_CONSUMER,
    topics: ['quotes', 'statuses', 'control'],
    startAt: 'latest',
    isEphemeral: false,
    lingerMs: LINGER_MS,
    maxBatchRecords: MAX_BATCH_RECORDS,
    loadPosition: (topicPartition) => watch.loadPosition(topicPartition),
    onBatch: (batch) => watch.apply(batch),
  });
}

class RefusedMessages {
  readonly #context: RoleContext;
  readonly #expected = new Map<string, number | null>();
  readonly #storedMs = new Map<string, number>();
  /** How far letters are on the bus although the position could not be stored: the batch comes again until it can. */
  readonly #published = new Map<string, number>();

  constructor(context: RoleContext) {
    this.#context = context;
  }

  async loadPosition(topicPartition: TopicPartition): Promise<number | null> {
    const { bus, store } = this.#context.options;
    const stored = await store.position(positionKey(bus, REFUSED_CONSUMER, topicPartition));
    this.#expected.set(partitionName(topicPartition), stored);
    this.#published.delete(partitionName(topicPartition));
    return stored;
  }

  async apply(batch: BusBatch): Promise<BatchOutcome> {
    const { bus, store, clock } = this.#context.options;
    const name = partitionName(batch);
    const published = this.#published.get(name) ?? batch.firstOffset;
    const fresh = { ...batch, badRecords: batch.badRecords.filter(({ offset }) => offset >= published) };
    const letters = refusedRecords(fresh, clock.now());
    if (letters.length > 0) await bus.publish('dead-letters', letters);
    recordRefused(this.#context, 'persist', fresh);
    this.#published.set(name, Math.max(published, batch.nextOffset));
    const nowMs = performance.now();
    const isDue = nowMs - (this.#storedMs.get(name) ?? Number.NEGATIVE_INFINITY) >= STORE_POSITION_EVERY_MS;
    if (batch.badRecords.length === 0 && !isDue) {
      this.#published.delete(name);
      return { kind: 'done' };
    }
    const key = positionKey(bus, REFUSED_CONSUMER, batch);
    const moved = await storePosition(store, key, this.#expected.get(name) ?? null, batch.nextOffset);
    this.#published.delete(name);
    this.#expected.set(name, moved.storedOffset);
    this.#storedMs.set(name, nowMs);
    return moved.isStored ? { kind: 'done' } : { kind: 'seek', offset: moved.storedOffset ?? batch.firstOffset };
  }
}
