import type { StatusSnapshot } from '../contract/index.ts';
import type { TapedeckError } from '../market/index.ts';
import { sessionCalendar } from '../market/index.ts';
import type { PipelineStatus } from '../pipeline/pipeline.ts';
import type { LoadedConfig } from './config/config.ts';

export interface StatusInput {
  readonly loaded: LoadedConfig;
  readonly version: string;
  readonly nowMs: number;
  /** Null while the pipeline is not up. */
  readonly pipeline: PipelineStatus | null;
  readonly pipelineRun: number | null;
  readonly downSinceMs: number;
  /** Why it is not up. */
  readonly error: TapedeckError | null;
}

export function statusSnapshot(input: StatusInput): StatusSnapshot {
  const { config } = input.loaded;
  const pipeline = input.pipeline ?? notRunning(input);
  return {
    version: input.version,
    dataset: config.dataset,
    stack: config.stack,
    feed: config.feed,
    roles: [...config.roles],
    pipelineRun: input.pipelineRun,
    nowMs: pipeline.nowMs,
    session: pipeline.session,
    components: [...pipeline.components],
    tradesPerSecond: pipeline.tradesPerSecond,
    deadLetters: pipeline.deadLetters,
    openGaps: pipeline.openGaps,
    latencyMs: pipeline.latencyMs,
    ignoredSettings: [...input.loaded.ignored],
  };
}

function notRunning({ loaded, nowMs, downSinceMs, error }: StatusInput): PipelineStatus {
  const calendar = sessionCalendar(loaded.config.feed === 'mock' ? 'always-open' : 'us-equities');
  const next = calendar.nextChange(nowMs);
  return {
    nowMs,
    session: {
      timeMs: nowMs,
      phase: calendar.phaseAt(nowMs),
      changesAtMs: next?.atMs ?? null,
      nextPhase: next?.phase ?? null,
    },
    components: [
      {
        name: 'pipeline',
        state: error === null ? 'starting' : 'down',
        detail: error === null ? 'opening' : `${error.userMessage} Trying again.`,
        sinceMs: downSinceMs,
      },
    ],
    tradesPerSecond: 0,
    deadLetters: 0,
    openGaps: 0,
    latencyMs: null,
  };
}
