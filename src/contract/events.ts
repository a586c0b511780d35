import { z } from 'zod';
import { alertRuleSchema, alertSchema, statusSchema, watchlistSchema } from './schemas.ts';
import { stackSnapshotSchema } from './stack.ts';

/** What a host tells the UI unasked; market data has its own frames. */
export const serverEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status'), status: statusSchema }),
  z.object({ type: z.literal('alert'), alert: alertSchema }),
  z.object({ type: z.literal('alert-rules'), rules: z.array(alertRuleSchema) }),
  z.object({ type: z.literal('watchlists'), watchlists: z.array(watchlistSchema) }),
  z.object({ type: z.literal('stack'), stack: stackSnapshotSchema }),
  /** A sentence for a toast: the pipeline restarted, a symbol is unknown, the feed refused the keys. */
  z.object({
    type: z.literal('notice'),
    level: z.enum(['info', 'warning', 'error']),
    text: z.string(),
    /** Repeats of one key replace each other. */
    key: z.string(),
  }),
]);

/** A host tells its status every second; a line that says nothing for this long is dead, whatever its socket says. */
export const HOST_SILENCE_MS = 20_000;

export type ServerEvent = z.infer<typeof serverEventSchema>;
