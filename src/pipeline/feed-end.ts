import { z } from 'zod';
import type { Bus } from '../bus/bus.ts';
import type { Store } from '../store/store.ts';
import { jsonState, readJsonState } from './json-checkpoint.ts';

const feedEndSchema = z.readonly(
  z.object({
    clusterId: z.string(),
    trades: z.readonly(z.array(z.number())),
    bars: z.readonly(z.array(z.number())),
  }),
);

/** Where the topics ended when a finite feed had been read; other processes learn from it that nothing will follow. */
export type FeedEnd = z.infer<typeof feedEndSchema>;

const KEY = 'feed-end';
const VERSION = 1;

export async function saveFeedEnd(store: Pick<Store, 'saveCheckpoint'>, end: FeedEnd, nowMs: number): Promise<void> {
  await store.saveCheckpoint({
    key: KEY,
    savedMs: nowMs,
    version: VERSION,
    state: jsonState(end),
  });
}

/** Null when no finite feed has ended on this log. Throws `corrupt` on a record that cannot be read. */
export async function loadFeedEnd(store: Pick<Store, 'loadCheckpoint'>, bus: Bus): Promise<FeedEnd | null> {
  const checkpoint = await store.loadCheckpoint(KEY);
  if (checkpoint === null || checkpoint.version !== VERSION) return null;
  const end = readJsonState(checkpoint, feedEndSchema);
  return end.clusterId === bus.clusterId ? end : null;
}
