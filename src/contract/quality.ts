import { oc } from '@orpc/contract';
import { z } from 'zod';
import { DEAD_LETTER_STATES, ERROR_OUTCOMES } from '../market/index.ts';

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
  reason: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  lostCount: z.number().nullable(),
  detail: z.string(),
  backfilledMs: z.number().nullable(),
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
  },
  errors: {
    /** The latest kinds first. */
    list: oc
      .input(
        z.object({
          fromMs: z.number().nullable().default(null),
          toMs: z.number().nullable().default(null),
          limit: z.number().int().min(1).max(5_000).default(1_000),
        }),
      )
      .output(z.array(errorSchema)),
  },
};

export type DeadLetterRecord = z.infer<typeof deadLetterSchema>;
export type DeadLetterCriteria = z.infer<typeof deadLetterFilterSchema>;
export type GapRecord = z.infer<typeof gapSchema>;
export type ErrorRecord = z.infer<typeof errorSchema>;
