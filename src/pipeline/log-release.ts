import type { TopicKind } from '../bus/bus.ts';
import { NOTIFY_CONSUMER } from './notify/notify-role.ts';
import { PERSIST_CONSUMER } from './persist/persist-role.ts';
import { ANALYZE_CONSUMER } from './analyze/checkpoint-keeper.ts';
import { type Role, ROLES } from './pipeline.ts';
import { positionKey } from './positions.ts';
import { RepeatingTask } from './repeating-task.ts';
import type { RoleContext } from './role-context.ts';

const RELEASE_EVERY_MS = 30_000;

/** Whose stored positions hold a topic back. Desks, and whoever hears of changes, read what comes and hold nothing. */
const READERS: Readonly<Record<TopicKind, Partial<Record<Role, string>>>> = {
  trades: { persist: PERSIST_CONSUMER, analyze: ANALYZE_CONSUMER },
  bars: { analyze: ANALYZE_CONSUMER },
  candles: { persist: PERSIST_CONSUMER },
  indicators: { persist: PERSIST_CONSUMER },
  alerts: { persist: PERSIST_CONSUMER, notify: NOTIFY_CONSUMER },
  'dead-letters': { persist: PERSIST_CONSUMER },
  quotes: {},
  statuses: {},
  control: {},
};

/**
 * Lets go of the log below what every reader has stored. It releases what could go a round ago, so that a desk a few
 * seconds behind still finds its quotes.
 */
export function startLogRelease(context: Pick<RoleContext, 'options' | 'errors'>): RepeatingTask {
  const { bus, store, roles } = context.options;
  // A log on disk has the one process: a role that it does not run will not read.
  const readers = (Object.entries(READERS) as [TopicKind, Partial<Record<Role, string>>][]).map(
    ([topic, consumers]) => [topic, ROLES.flatMap((role) => (roles.has(role) ? (consumers[role] ?? []) : []))] as const,
  );
  const releasable = new Map<string, number>();
  return new RepeatingTask(
    RELEASE_EVERY_MS,
    async () => {
      for (const [topic, consumers] of readers) {
        const endOffsets = await bus.endOffsets(topic);
        for (const [partition, endOffset] of endOffsets.entries()) {
          const key = `${topic}/${String(partition)}`;
          const before = releasable.get(key);
          if (before !== undefined && before > 0) await bus.release({ topic, partition }, before);
          let floor = endOffset;
          for (const consumer of consumers) {
            const stored = await store.position(positionKey(bus, consumer, { topic, partition }));
            floor = Math.min(floor, stored ?? 0);
          }
          releasable.set(key, floor);
        }
      }
    },
    (error) =>
      context.errors.report({
        scope: 'bus',
        error,
        outcome: 'retried',
        what: 'could not release the read part of the log',
      }),
  );
}
