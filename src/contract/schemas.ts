import { z } from 'zod';
import { INTERVALS, SYMBOL_DESCRIPTION, SYMBOL_PATTERN } from '../market/index.ts';

export const symbolSchema = z.string().trim().toUpperCase().regex(SYMBOL_PATTERN, SYMBOL_DESCRIPTION);

export const intervalSchema = z.enum(INTERVALS);

export const alertConditionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('price-above'), price: z.number().positive() }),
  z.object({ kind: z.literal('price-below'), price: z.number().positive() }),
  z.object({ kind: z.literal('price-crossing'), price: z.number().positive() }),
  z.object({
    kind: z.literal('percent-change'),
    percent: z.number().positive().max(1000),
    windowMs: z.number().int().min(1_000).max(86_400_000),
  }),
  z.object({ kind: z.literal('rsi-above'), level: z.number().min(0).max(100), interval: intervalSchema }),
  z.object({ kind: z.literal('rsi-below'), level: z.number().min(0).max(100), interval: intervalSchema }),
  z.object({ kind: z.literal('volatility-above'), level: z.number().positive(), interval: intervalSchema }),
  z.object({ kind: z.literal('volume-above-average'), percent: z.number().positive(), interval: intervalSchema }),
]);

/** What a user types; the host adds id and times. */
export const alertRuleInputSchema = z.object({
  id: z.uuid().optional(),
  symbol: z.union([z.literal('*'), symbolSchema]),
  condition: alertConditionSchema,
  isEnabled: z.boolean().default(true),
  cooldownMs: z.number().int().min(0).max(86_400_000).default(60_000),
  hysteresisPercent: z.number().min(0).max(50).default(0.1),
  note: z.string().max(200).default(''),
});

export const alertRuleSchema = alertRuleInputSchema.extend({
  id: z.uuid(),
  isEnabled: z.boolean(),
  cooldownMs: z.number(),
  hysteresisPercent: z.number(),
  note: z.string(),
  createdMs: z.number(),
  updatedMs: z.number(),
});

export const alertSchema = z.object({
  id: z.string(),
  ruleId: z.string(),
  symbol: z.string(),
  condition: alertConditionSchema,
  timeMs: z.number(),
  price: z.number(),
  value: z.number(),
  message: z.string(),
});

export const instrumentSchema = z.object({
  symbol: z.string(),
  name: z.string(),
  sector: z.string(),
  industry: z.string(),
  exchange: z.string(),
  calendar: z.enum(['us-equities', 'always-open']),
  priceDecimals: z.number().int(),
});

export const watchlistSchema = z.object({
  id: z.string().min(1).max(40),
  name: z.string().trim().min(1).max(60),
  symbols: z.array(symbolSchema).max(2_000),
});

/** The first list of a replay: the symbols of its file. The data makes it; it can be neither changed nor saved. */
export const DATASET_WATCHLIST_ID = 'dataset';

/** Column arrays of one length: a thousand candles are a few arrays, not a thousand objects. */
export const candleColumnsSchema = z.object({
  symbol: z.string(),
  interval: intervalSchema,
  openTimeMs: z.array(z.number()),
  open: z.array(z.number()),
  high: z.array(z.number()),
  low: z.array(z.number()),
  close: z.array(z.number()),
  volume: z.array(z.number()),
  revision: z.array(z.number()),
  /** By indicator key (see `IndicatorSet`); null until warmed up. */
  indicators: z.record(z.string(), z.array(z.number().nullable())),
  /** Open times of those that a backfill made, not prints as they came. */
  backfilledMs: z.array(z.number()),
  /** Whether older candles exist before the first one. */
  hasMore: z.boolean(),
});

/** Enough to draw an indicator without knowing it. */
export const indicatorDescriptionSchema = z.object({
  key: z.string(),
  title: z.string(),
  /** In the units of the price, from 0 to 100, around zero, or from zero upwards. */
  scale: z.enum(['price', 'percent', 'signed', 'positive']),
  /** Values that readers compare it with. */
  guides: z.array(z.number()),
  /** `key` as in `indicators` of the candles; `band` is an outer edge of one, `middle` what it lies around. */
  lines: z.array(z.object({ key: z.string(), drawing: z.enum(['line', 'histogram', 'band', 'middle']) })),
});

export const sessionSchema = z.object({
  /** The market's own time, epoch ms: under a replay that of the latest event, else that of the pipeline's clock. */
  timeMs: z.number(),
  phase: z.enum(['pre', 'open', 'post', 'closed']),
  /** When the phase changes next; null if it never does. */
  changesAtMs: z.number().nullable(),
  nextPhase: z.enum(['pre', 'open', 'post', 'closed']).nullable(),
});

export const componentStateSchema = z.object({
  name: z.string(),
  state: z.enum(['ok', 'starting', 'degraded', 'down', 'off']),
  detail: z.string(),
  /** When this state began, epoch ms. */
  sinceMs: z.number(),
});

export const statusSchema = z.object({
  version: z.string(),
  dataset: z.string(),
  stack: z.enum(['embedded', 'bundled', 'remote']),
  feed: z.string(),
  roles: z.array(z.string()),
  /**
   * Counts the pipelines that this host process opened, null while none runs: what was read from one says nothing about the
   * next, whose dataset may be another.
   */
  pipelineRun: z.number().int().nullable(),
  /** Of the clock that times of receipt and of states are taken from. */
  nowMs: z.number(),
  session: sessionSchema,
  /** feed, bus, store, then one per role. */
  components: z.array(componentStateSchema),
  tradesPerSecond: z.number(),
  deadLetters: z.number(),
  openGaps: z.number(),
  /** Milliseconds from exchange to this host over the last minute; null before the first trade. */
  latencyMs: z.object({ p50: z.number(), p99: z.number() }).nullable(),
  /** Names of environment variables and flags that were given but have no effect, each with the reason. */
  ignoredSettings: z.array(z.string()),
});

export type AlertRuleInput = z.input<typeof alertRuleInputSchema>;
export type Watchlist = z.infer<typeof watchlistSchema>;
export type CandleColumns = z.infer<typeof candleColumnsSchema>;
export type IndicatorDescription = z.infer<typeof indicatorDescriptionSchema>;
export type SessionInfo = z.infer<typeof sessionSchema>;
export type ComponentState = z.infer<typeof componentStateSchema>;
export type StatusSnapshot = z.infer<typeof statusSchema>;
