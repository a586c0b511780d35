import type { BatchOutcome, BusBatch, Consumption, TopicKind, TopicPartition } from '../../bus/bus.ts';
import { TOPIC_KINDS } from '../../bus/topics.ts';
import { type DeadLetter, TapedeckError } from '../../market/index.ts';
import { drain } from '../drain.ts';
import { consumeMetered } from '../health/metered-consumption.ts';
import { partitionName, positionKey } from '../positions.ts';
import { PositionGaps } from '../position-gaps.ts';
import { RepeatingTask } from '../repeating-task.ts';
import type { RoleContext, RunningRole } from '../role-context.ts';
import { recordRefused } from '../refused-reason.ts';
import { toPersistBatch } from './persist-batch.ts';
import { asDeadLetter, halvesOf } from './refused-rows.ts';
import { watchRefusedMessages } from './refused-messages.ts';

export const PERSIST_CONSUMER = 'persist';
export const PERSISTED_TOPICS = [
  'trades',
  'candles',
  'indicators',
  'alerts',
  'dead-letters',
] as const satisfies readonly TopicKind[];

/** The bus keeps what takes longer, for the next start. */
const DRAIN_LIMIT_MS = 10_000;
const RETENTION_EVERY_MS = 600_000;
/** Rows are worth collecting: a transaction for ten trades costs about as much as one for a thousand. */
const LINGER_MS = 200;
const MAX_BATCH_RECORDS = 10_000;
/** A replayed file may be of any age: by the clock all of it would be too old at once. */
const CENTURY_MS = 36_525 * 86_400_000;
const KEEP_ALL = { tradesMs: CENTURY_MS, minuteCandlesMs: CENTURY_MS };
/** Stands in the metrics for what never reached the bus. */
const NO_TOPIC = 'feed';

/** Writes what the bus holds into the store, rows and position together. */
export async function startPersist(context: RoleContext): Promise<RunningRole> {
  const writer = new PersistWriter(context);
  const gaps = new PositionGaps(context, PERSIST_CONSUMER);
  const { bus } = context.options;
  const consumption = await consumeMetered(context, 'persist', {
    group: PERSIST_CONSUMER,
    topics: PERSISTED_TOPICS,
    startAt: 'earliest',
    isEphemeral: false,
    lingerMs: LINGER_MS,
    maxBatchRecords: MAX_BATCH_RECORDS,
    loadPosition: (topicPartition) => writer.loadPosition(topicPartition),
    onBatch: async (batch) => {
      await gaps.before(batch);
      return writer.write(batch);
    },
    onPositionOutsideLog: (topicPartition, stored, resumedAt) => gaps.record(topicPartition, stored, resumedAt),
  });
  const refused = bus.isShared ? await watchRefusedMessages(context) : null;
  const retention = new RepeatingTask(
    RETENTION_EVERY_MS,
    () => applyRetention(context),
    (error) => context.errors.report({ scope: 'persist', error, outcome: 'retried', what: 'retention failed' }),
  );
  context.board.set('persist', 'ok', 'storing');
  return {
    close: async () => {
      await retention.stop();
      await refused?.close();
      await storeRest(context, consumption);
      await consumption.close();
      await gaps.close();
      context.board.set('persist', 'off', 'stopped');
    },
  };
}

async function storeRest(context: RoleContext, consumption: Consumption): Promise<void> {
  const isStuck = (): boolean => context.board.get('store')?.state === 'down';
  try {
    const left = await drain({ consumption, limitMs: DRAIN_LIMIT_MS, isStuck });
    if (left > 0) context.log.info({ records: left }, 'left on the bus, to be stored at the next start');
  } catch (cause) {
    context.log.info({ reason: TapedeckError.from(cause).message }, 'the bus is away; what it holds is stored later');
  }
}

class PersistWriter {
  readonly #context: RoleContext;
  /** What the store said last, by topic and partition; the next write must find the same. */
  readonly #expected = new Map<string, number | null>();

  constructor(context: RoleContext) {
    this.#context = context;
  }

  async loadPosition(topicPartition: TopicPartition): Promise<number | null> {
    const { bus, store } = this.#context.options;
    const stored = await store.position(positionKey(bus, PERSIST_CONSUMER, topicPartition));
    this.#expected.set(partitionName(topicPartition), stored);
    return stored;
  }

  /** Resolves once the batch is stored whole; what the store can hold in no case is set aside, and the rest goes on. */
  async write(batch: BusBatch): Promise<BatchOutcome> {
    try {
      return await this.#write(batch);
    } catch (cause) {
      const error = TapedeckError.from(cause);
      if (error.code === 'bad-message') {
        const halves = halvesOf(batch);
        if (halves !== null) return this.#writeInTurn(halves);
        const letter = asDeadLetter(batch, error.message);
        if (letter !== null) return this.write(letter);
      }
      this.#failed(batch.topic, error);
      throw error;
    }
  }

  /** Each part moves the position, so that what is stored is never written again, whatever becomes of the next part. */
  async #writeInTurn([first, second]: readonly [BusBatch, BusBatch]): Promise<BatchOutcome> {
    const outcome = await this.write(first);
    if (outcome.kind === 'seek') return outcome;
    try {
      return await this.write(second);
    } catch {
      // Said by `write`, and met again by the batch that begins here.
      return { kind: 'seek', offset: second.firstOffset };
    }
  }

  async #write(batch: BusBatch): Promise<BatchOutcome> {
    const { bus, store, clock, metrics } = this.#context.options;
    const name = partitionName(batch);
    const startedMs = performance.now();
    const position = positionKey(bus, PERSIST_CONSUMER, batch);
    const expected = this.#expected.get(name) ?? null;
    const outcome = await store.persist(toPersistBatch(batch, position, expected, clock.now()));
    if (outcome.kind === 'conflict') {
      metrics.count('position_conflicts_total', { topic: batch.topic });
      this.#context.log.warn(
        { topic: batch.topic, partition: batch.partition, expected, stored: outcome.storedOffset },
        'another process has written this partition; going on from where it stands',
      );
      this.#expected.set(name, outcome.storedOffset);
      return { kind: 'seek', offset: outcome.storedOffset ?? batch.firstOffset };
    }
    this.#expected.set(name, batch.nextOffset);
    metrics.observe('store_write_seconds', { topic: batch.topic }, (performance.now() - startedMs) / 1000);
    metrics.count('records_stored_total', { topic: batch.topic }, batch.records.length);
    if (batch.topic === 'trades') {
      metrics.count('trades_stored_total', {}, outcome.newTrades);
      metrics.count('duplicates_total', { stage: 'persist' }, outcome.repeatedTrades);
      this.#context.health.addSinceReceipt('ingest_to_store', batch.records[0]?.event);
      this.#context.activity.countTrades('persist', batch.records.length);
      this.#context.flow.consumed('persist', batch.records.length);
    }
    this.#countDeadLetters(batch);
    this.#context.board.set('store', 'ok', 'reachable');
    this.#context.board.set('persist', 'ok', 'storing');
    return { kind: 'done' };
  }

  #failed(topic: TopicKind, error: TapedeckError): void {
    this.#context.options.metrics.count('store_failures_total', { code: error.code });
    this.#context.board.set('store', 'down', error.userMessage);
    this.#context.board.set('persist', 'degraded', 'waiting for the store; the bus keeps what arrives');
    this.#context.errors.record({ scope: 'persist', error, outcome: 'retried', what: `could not store ${topic}` });
  }

  #countDeadLetters(batch: BusBatch): void {
    recordRefused(this.#context, 'persist', batch);
    const letters = batch.topic === 'dead-letters' ? batch.records.map(({ event }) => event) : [];
    const topics = [...batch.badRecords.map(() => batch.topic), ...letters.map(topicOf)];
    if (topics.length === 0) return;
    this.#context.activity.countDeadLetters('persist', topics.length);
    for (const topic of topics) this.#context.options.metrics.count('dead_letters_total', { topic });
  }
}

function topicOf(letter: DeadLetter): string {
  return TOPIC_KINDS.find((topic) => topic === letter.topic) ?? NO_TOPIC;
}

async function applyRetention(context: RoleContext): Promise<void> {
  const { store, retention, clock, dataset } = context.options;
  const policy = dataset.startsWith('replay-') ? { ...retention, ...KEEP_ALL } : retention;
  const deleted = await store.applyRetention(policy, clock.now());
  if (deleted.deletedTrades + deleted.deletedCandles > 0)
    context.log.info(deleted, 'removed rows past their retention');
}
