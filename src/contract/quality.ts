import { oc } from '@orpc/contract';
import { z } from 'zod';
import { BACKFILL_STATES, DEAD_LETTER_STATES, ERROR_OUTCOMES, GAP_REASONS } from '../market/index.ts';
import { symbolSchema } from './schemas.ts';

/** Characters of a payload that lists show; the whole comes with `deadLetters.get`. */
export const PAYLOAD_EXCERPT_CHARACTERS = 200;

export const deadLetterStateSchema = z.enum(DEAD_LETTER_STATES);

/** Nulls let everything pass. */
export const deadLetterFilterSchema = z.object({
  /** Empty for what never reached the bus. */
  topic: z.string().max(60).nullable().default(null),
  /** Part of the reason, in upper or lower case. */
  reason: z.string().max(200).nullable().default(null),
  state: deadLetterStateSchema.nullable().default(null),
  /** `[fromMs, toMs)`. */
  fromMs: z.number().nullable().default(null),
  toMs: z.number().nullable().default(null),
});

export const deadLetterSchema = z.object({
  id: z.number().int(),
  timeMs: z.number(),
  /** The bus topic, `stream` or the provider's name for one of its frames, or the name of a replayed file. */
  origin: z.string(),
  topic: z.string(),
  partition: z.number().nullable(),
  /** Bus offset, or the line of a replayed file. */
  position: z.number().nullable(),
  reason: z.string(),
  payload: z.string(),
  state: deadLetterStateSchema,
  retries: z.number().int(),
  /** What its last retry or its discarding came to; null before. */
  outcome: z.string().nullable(),
  settledMs: z.number().nullable(),
});

export const deadLetterCountsSchema = z.object({
  /** Sent through again. */
  retried: z.number().int(),
  /** Refused again, and open as before. */
  failed: z.number().int(),
  /** Nothing here can send these through again, for the reason that each of them has now. */
  unretryable: z.number().int(),
});

const gapSchema = z.object({
  id: z.string(),
  symbol: z.string().nullable(),
  reason: z.enum(GAP_REASONS),
  fromMs: z.number(),
  toMs: z.number(),
  lostCount: z.number().nullable(),
  detail: z.string(),
  backfilledMs: z.number().nullable(),
  /** How far its repair has come. */
  backfill: z.object({
    state: z.enum(BACKFILL_STATES),
    attempts: z.number().int(),
    nextAttemptMs: z.number().nullable(),
    /** Minutes fetched. */
    bars: z.number().int(),
    symbolsDone: z.number().int(),
    symbolsTotal: z.number().int(),
    note: z.string(),
  }),
});

/** One symbol on one trading day of its calendar. */
const dayQualitySchema = z.object({
  /** `YYYY-MM-DD`, in the market's own zone. */
  day: z.string(),
  symbol: z.string(),
  startMs: z.number(),
  openMs: z.number(),
  trades: z.number(),
  duplicates: z.number(),
  lateTrades: z.number(),
  /** 1m candles that changed after they had closed. */
  revisedCandles: z.number(),
  barsCompared: z.number(),
  barsDiffering: z.number(),
  /** Minutes of the regular session that are over. */
  expectedMinutes: z.number(),
  /** Of these, the ones with a candle. */
  coveredMinutes: z.number(),
  backfilledMinutes: z.number(),
  /** Minutes that were traded, or may have been while nothing was received, and have no candle. */
  missingMinutes: z.number(),
  gaps: z.number(),
  openGaps: z.number(),
});

const barDifferenceSchema = z.object({
  symbol: z.string(),
  openTimeMs: z.number(),
  field: z.enum(['open', 'high', 'low', 'close', 'volume']),
  builtValue: z.number(),
  feedValue: z.number(),
});

const errorSchema = z.object({
  scope: z.string(),
  code: z.string(),
  message: z.string(),
  outcome: z.enum(ERROR_OUTCOMES).nullable(),
  firstMs: z.number(),
  lastMs: z.number(),
  count: z.number(),
});

const placeSchema = z.object({ timeMs: z.number(), id: z.number().int() });
const idSchema = z.object({ id: z.number().int().min(0) });

/** What was lost, what could not be used, what went wrong. */
export const qualityRequests = {
  deadLetters: {
    /** Newest first, payloads as excerpts. `total` counts all that the filter lets pass. */
    list: oc
      .input(
        z.object({
          filter: deadLetterFilterSchema,
          after: placeSchema.nullable().default(null),
          limit: z.number().int().min(1).max(1_000).default(200),
        }),
      )
      .output(z.object({ letters: z.array(deadLetterSchema), total: z.number().int() })),
    get: oc.input(idSchema).output(deadLetterSchema),
    /** Sends one through again, now; the answer is the letter as it stands after that. */
    retry: oc.input(idSchema).output(deadLetterSchema),
    /** All open ones that the filter lets pass. */
    retryAll: oc.input(z.object({ filter: deadLetterFilterSchema })).output(deadLetterCountsSchema),
    discard: oc.input(idSchema).output(deadLetterSchema),
    /** Takes a discarding back. */
    reopen: oc.input(idSchema).output(deadLetterSchema),
  },
  gaps: {
    /** The latest, newest first. */
    list: oc.input(z.object({ limit: z.number().int().min(1).max(5_000).default(1_000) })).output(z.array(gapSchema)),
    /** Asks for its data from the feed's history; the answer is the gap as it stands now. */
    backfill: oc.input(z.object({ id: z.string().max(300) })).output(gapSchema),
    /** The same for any stretch `[fromMs, toMs)`, which becomes a gap of its own. */
    backfillRange: oc.input(z.object({ symbol: symbolSchema, fromMs: z.number(), toMs: z.number() })).output(gapSchema),
  },
  dayQuality: {
    /** Trading days that overlap `[fromMs, toMs)`, ascending by day, then symbol. */
    list: oc
      .input(
        z.object({
          symbols: z.array(symbolSchema).max(2_000).nullable().default(null),
          fromMs: z.number(),
          toMs: z.number(),
        }),
      )
      .output(z.array(dayQualitySchema)),
    /** Where bars of the feed and candles built here differ, latest first, one row for each value. */
    differences: oc
      .input(z.object({ symbol: symbolSchema, fromMs: z.number(), toMs: z.number() }))
      .output(z.array(barDifferenceSchema)),
  },
  errors: {
    /** The latest kinds first. */
    list: oc.input(z.object({ limit: z.number().int().min(1).max(5_000).default(1_000) })).output(z.array(errorSchema)),
  },
};

export type DeadLetterRecord = z.infer<typeof deadLetterSchema>;
export type DeadLetterCriteria = z.infer<typeof deadLetterFilterSchema>;
export type GapRecord = z.infer<typeof gapSchema>;
export type DayQualityRecord = z.infer<typeof dayQualitySchema>;
export type BarDifferenceRecord = z.infer<typeof barDifferenceSchema>;
export type ErrorRecord = z.infer<typeof errorSchema>;
