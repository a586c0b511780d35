import type { TopicKind } from '../bus/bus.ts';
import { NOTIFY_CONSUMER } from './notify/notify-role.ts';
import { PERSIST_CONSUMER } from './persist/persist-role.ts';
import { ANALYZE_CONSUMER } from './analyze/checkpoint-keeper.ts';
import { positionKey } from './positions.ts';
import { RepeatingTask } from './repeating-task.ts';
import type { RoleContext } from './role-context.ts';

const RELEASE_EVERY_MS = 30_000;

/**
 * Whose stored positions hold a topic back. Desks read from the latest offset and may skip, so they hold nothing; the
 * control topic is compacted and stays.
 */
const READERS: Readonly<Record<Exclude<TopicKind, 'control'>, readonly string[]>> = {
  trades: [PERSIST_CONSUMER, ANALYZE_CONSUMER],
  bars: [ANALYZE_CONSUMER],
  candles: [PERSIST_CONSUMER],
  indicators: [PERSIST_CONSUMER],
  alerts: [PERSIST_CONSUMER, NOTIFY_CONSUMER],
  'dead-letters': [PERSIST_CONSUMER],
  quotes: [],
  statuses: [],
};

/**
 * Lets go of the log below what every reader has stored. It releases what could go a round ago, so that a desk a few
 * seconds behind still finds its quotes.
 */
export function startLogRelease(context: RoleContext): RepeatingTask {
  const { bus, store } = context.options;
  const releasable = new Map<string, number>();
  return new RepeatingTask(
    RELEASE_EVERY_MS,
    async () => {
      for (const [topic, readers] of Object.entries(READERS) as [keyof typeof READERS, readonly string[]][]) {
        const endOffsets = await bus.endOffsets(topic);
        for (const [partition, endOffset] of endOffsets.entries()) {
          const key = `${topic}/${String(partition)}`;
          const before = releasable.get(key);
          if (before !== undefined && before > 0) await bus.release({ topic, partition }, before);
          let floor = endOffset;
          for (const reader of readers) {
            const stored = await store.position(positionKey(bus, reader, { topic, partition }));
            floor = Math.min(floor, stored ?? 0);
          }
          releasable.set(key, floor);
        }
      }
    },
    (error) => context.log.warn({ reason: error.message }, 'could not release the read part of the log'),
  );
}
