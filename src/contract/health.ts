import { z } from 'zod';
import { componentStateSchema } from './schemas.ts';

/**
 * The way of a trade. What begins with `ingest_to` counts from its receipt, so those stages overlap; `exchange_to_...` is there only
 * where the exchange's clock and ours tell the same time.
 */
export const LATENCY_STAGES = [
  'exchange_to_ingest',
  'ingest_to_bus',
  'ingest_to_analysis',
  'ingest_to_store',
  'ingest_to_desk',
  'desk_to_screen',
  'ingest_to_screen',
  'exchange_to_screen',
] as const;

const percentilesSchema = z.object({ p50: z.number(), p99: z.number() });

/** Milliseconds over the last minute. */
export const stageLatencySchema = percentilesSchema.extend({
  stage: z.enum(LATENCY_STAGES),
  /** How far a stage seemed to end before it began, because clocks differ; such samples count as 0. */
  skewMs: z.number(),
});

export const roleHealthSchema = z.object({
  role: z.string(),
  state: componentStateSchema.shape.state,
  detail: z.string(),
  /** Whether it waits for another process to let go of the feed. */
  isStandby: z.boolean(),
  /** Mean of the last five seconds. */
  recordsPerSecond: z.number(),
  /** Mean size of a batch over the last minute; null when there was none. */
  batchRecords: z.number().nullable(),
  /** Milliseconds of work on one batch (for `persist` the write), over the last minute. */
  batchMs: percentilesSchema.nullable(),
  /** Partition numbers that this process owns, with the records it has yet to read, over all topics; null when not known. */
  partitions: z.array(z.object({ partition: z.number().int(), lag: z.number().nullable() })),
});

export const hostReportSchema = z.object({
  hostId: z.string(),
  version: z.string(),
  uptimeMs: z.number(),
  /** How far the host's clock is ahead of the database's; null where there is no common database. */
  clockOffsetMs: z.number().nullable(),
  memoryBytes: z.number(),
  feedReconnects: z.number(),
  /** Windows and browsers that receive prices from it. */
  screens: z.number(),
  roles: z.array(roleHealthSchema),
  stages: z.array(stageLatencySchema),
  /** Feed, bus and store as this host sees them. */
  components: z.array(componentStateSchema.extend({ outages: z.number() })),
  /** `capacity` is null where a queue has no bound of its own. */
  queues: z.array(z.object({ name: z.string(), length: z.number(), capacity: z.number().nullable() })),
});

export const hostHealthSchema = hostReportSchema.extend({
  /** Whether it is the host that answers. */
  isSelf: z.boolean(),
  /** A report is expected every five seconds: `late` after three are missing, `lost` after a minute; then it goes. */
  presence: z.enum(['live', 'late', 'lost']),
  ageMs: z.number(),
});

export const pipelineHealthSchema = z.object({
  /** What latency can count from: the exchange's time, only our receipt, or neither (a replay has no receipts). */
  basis: z.enum(['exchange', 'receipt', 'none']),
  /** Of the slowest host that measures the stage. */
  stages: z.array(
    stageLatencySchema.extend({
      /** 99th percentiles, oldest first, one every `historyStepMs`; null where nothing was measured. */
      history: z.array(z.number().nullable()),
    }),
  ),
  historyStepMs: z.number(),
  /** This host first, then the others of the pipeline by name. */
  hosts: z.array(hostHealthSchema),
  /** Why nothing new is known of the other hosts; null when it is. */
  othersDetail: z.string().nullable(),
});

export type LatencyStage = (typeof LATENCY_STAGES)[number];
export type StageLatency = z.infer<typeof stageLatencySchema>;
export type RoleHealth = z.infer<typeof roleHealthSchema>;
export type HostReport = z.infer<typeof hostReportSchema>;
export type HostHealth = z.infer<typeof hostHealthSchema>;
export type PipelineHealth = z.infer<typeof pipelineHealthSchema>;
