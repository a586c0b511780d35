import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { serverEventSchema } from './events.ts';
import { qualityRequests } from './quality.ts';
import { pipelineHealthSchema } from './health.ts';
import {
  alertRuleInputSchema,
  alertRuleSchema,
  alertSchema,
  candleColumnsSchema,
  indicatorDescriptionSchema,
  instrumentSchema,
  intervalSchema,
  statusSchema,
  symbolSchema,
  watchlistSchema,
} from './schemas.ts';
import { secretNameSchema, settingsSchema } from './settings.ts';
import { stackRequests } from './stack.ts';

const fileFormatSchema = z.enum(['csv', 'json']);

/**
 * Everything the UI can ask of a host. Failures are `ORPCError`s whose `message` is a sentence for the user and whose
 * `data` is `{ code, retryable }` of the `TapedeckError` behind it.
 */
export const requests = {
  status: oc.output(statusSchema),
  /** Too much to be told every second unasked; null while the pipeline is not up. */
  health: oc.output(pipelineHealthSchema.nullable()),
  /** Pushes until the client leaves; begins with one `status` event. */
  events: oc.output(eventIterator(serverEventSchema)),

  symbols: {
    search: oc
      .input(z.object({ query: z.string().max(60), limit: z.number().int().min(1).max(50).default(12) }))
      .output(z.array(instrumentSchema)),
    /** Null when the feed does not know it; `suggestions` then holds near names. */
    find: oc
      .input(z.object({ symbol: symbolSchema }))
      .output(z.object({ instrument: instrumentSchema.nullable(), suggestions: z.array(instrumentSchema) })),
  },

  watchlists: {
    list: oc.output(z.array(watchlistSchema)),
    /** Creates or replaces one list; its symbols are subscribed before the answer. */
    save: oc.input(z.object({ watchlist: watchlistSchema })).output(z.array(watchlistSchema)),
    remove: oc.input(z.object({ id: z.string() })).output(z.array(watchlistSchema)),
    reorder: oc.input(z.object({ ids: z.array(z.string()) })).output(z.array(watchlistSchema)),
    exportText: oc
      .input(z.object({ ids: z.array(z.string()), format: fileFormatSchema }))
      .output(z.object({ fileName: z.string(), text: z.string() })),
    /** Adds the lists of a file; a list whose name exists gets its symbols merged in. */
    importText: oc
      .input(z.object({ text: z.string().max(5_000_000), format: fileFormatSchema, name: z.string().max(60) }))
      .output(z.object({ watchlists: z.array(watchlistSchema), rejected: z.array(z.string()) })),
  },

  candles: {
    /** The latest `limit` candles before `beforeMs` (now when null), ascending, with the asked-for indicators. */
    range: oc
      .input(
        z.object({
          symbol: symbolSchema,
          interval: intervalSchema,
          beforeMs: z.number().nullable(),
          limit: z.number().int().min(1).max(5_000).default(500),
          indicators: z.array(z.string().max(40)).max(20).default([]),
        }),
      )
      .output(candleColumnsSchema),
    /** What charts offer, and in `described` those of `keys` that there are: a chart may have been saved with others. */
    indicators: oc
      .input(z.object({ keys: z.array(z.string().max(40)).max(20).default([]) }))
      .output(
        z.object({ offered: z.array(indicatorDescriptionSchema), described: z.array(indicatorDescriptionSchema) }),
      ),
    /** Closing prices of the latest `points` candles, by symbol; a symbol without any is left out. */
    sparklines: oc
      .input(z.object({ symbols: z.array(symbolSchema).max(2_000), points: z.number().int().min(2).max(240) }))
      .output(z.record(z.string(), z.array(z.number()))),
  },

  alerts: {
    /** Newest first. */
    list: oc
      .input(
        z.object({
          limit: z.number().int().min(1).max(1_000).default(200),
          symbol: symbolSchema.nullable().default(null),
        }),
      )
      .output(z.array(alertSchema)),
  },

  alertRules: {
    list: oc.output(z.array(alertRuleSchema)),
    save: oc.input(alertRuleInputSchema).output(alertRuleSchema),
    remove: oc.input(z.object({ id: z.uuid() })).output(z.object({ isRemoved: z.boolean() })),
    /** The thresholds of the environment, for pre-filling the form. */
    defaults: oc.output(
      z.object({
        rsiOverbought: z.number(),
        rsiOversold: z.number(),
        volatilityThreshold: z.number(),
        priceChangePercent: z.number(),
        volumeChangePercent: z.number(),
      }),
    ),
  },

  settings: {
    get: oc.output(settingsSchema),
    /** Merges the given top-level keys; answers the whole. */
    update: oc.input(settingsSchema.partial()).output(settingsSchema),
    /** Which secrets are there, never their values. */
    secrets: oc.output(z.record(secretNameSchema, z.object({ isSet: z.boolean(), isEncrypted: z.boolean() }))),
    /** Null removes it. Refused with `unsupported` where no safe place exists (see the message). */
    setSecret: oc
      .input(z.object({ name: secretNameSchema, value: z.string().min(1).max(500).nullable() }))
      .output(z.object({ isSet: z.boolean(), isEncrypted: z.boolean() })),
    /** Applies feed, symbols and keys by restarting the pipeline. */
    restartPipeline: oc.output(z.object({ isRestarting: z.boolean() })),
  },

  ...qualityRequests,
  stack: stackRequests,

  layout: {
    /** The flexlayout model as JSON text; null when none was saved. */
    get: oc.input(z.object({ workspace: z.string().max(60) })).output(z.string().nullable()),
    save: oc
      .input(z.object({ workspace: z.string().max(60), model: z.string().max(200_000).nullable() }))
      .output(z.object({ isSaved: z.boolean() })),
  },
};

export type Requests = typeof requests;
