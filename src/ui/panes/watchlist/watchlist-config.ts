import { z } from 'zod';
import { WATCHLIST_COLUMNS } from './watchlist-columns.tsx';

const configSchema = z.object({
  listId: z.string().nullable(),
  widths: z.partialRecord(z.enum(WATCHLIST_COLUMNS), z.number().min(20).max(1_000)),
  /** Columns taken off by hand; of the others, those that there is room for are shown. */
  hidden: z.array(z.enum(WATCHLIST_COLUMNS)).default([]),
  sort: z.object({ column: z.enum(WATCHLIST_COLUMNS), isDescending: z.boolean() }).nullable(),
});

export type WatchlistConfig = z.infer<typeof configSchema>;

/** What the layout kept for this pane; the defaults where it kept nothing readable. */
export function readWatchlistConfig(saved: unknown): WatchlistConfig {
  const parsed = configSchema.safeParse(saved);
  return parsed.success ? parsed.data : { listId: null, widths: {}, hidden: [], sort: null };
}
