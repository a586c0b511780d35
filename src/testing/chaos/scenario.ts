import type { PostgresServer } from '../postgres-server.ts';
import type { ServerAddresses, Workload, WorkloadOptions } from './workload.ts';

/** What has not recovered after so long counts as off: several times what it takes on a busy machine. */
export const RECOVERY_PATIENCE_MS = 120_000;

/** The servers all scenarios share, and how to be rough with them. */
export interface ChaosServers {
  readonly addresses: ServerAddresses;
  readonly postgres: PostgresServer;
  /** The broker's entrance for workers that shall come through a proxy. */
  readonly proxied: { readonly listenerPort: number; readonly advertisedPort: number };
  /** Ends the broker like a power cut and starts it again on its data and port. */
  crashBroker(): Promise<void>;
}

export interface ScenarioSurroundings {
  readonly servers: ChaosServers;
  /** True for the few disturbances of a check in passing. */
  readonly isShort: boolean;
  /** Seeded; 0 to 1. */
  readonly random: () => number;
  /** Of this scenario alone; deleted afterwards. */
  readonly folder: string;
}

/** What may differ from the usual workload. */
export type WorkloadSettings = Partial<
  Pick<
    WorkloadOptions,
    'feed' | 'servers' | 'seenServers' | 'startedRoles' | 'environmentOf' | 'watched' | 'prepareDatabase'
  >
> & {
  readonly feedMs: number | null;
};

export interface PreparedScenario {
  readonly workload: WorkloadSettings;
  /** Does harm while the workload runs; answers how often. */
  disturb(workload: Workload): Promise<Disturbances>;
  /** Counts what the store alone does not show, once all of the feed is stored and while everybody still works. */
  count?(workload: Workload): Promise<FurtherCounts>;
  close?(): Promise<void>;
}

export interface Disturbances {
  readonly count: number;
  /** Messages that the scenario itself put on the topics for the dead letters. */
  readonly deadLetters?: number;
  /** Where it is not the time until the stored positions moved again. */
  readonly recoverySeconds?: number;
  /** How many times faster than it had gathered a lag was worked off. */
  readonly workedOffTimes?: number;
  /** The other symbols' p99 lag beside a hot one, in times of a flat day's. */
  readonly hotLagTimes?: number;
  /** A figure that no column holds, a sentence. */
  readonly remark?: string;
}

/** Of what a scenario looks at beside trades and candles: they are added to the numbers of those. */
export interface FurtherCounts {
  readonly lost?: number;
  readonly duplicated?: number;
  readonly candlesDifferent?: number;
  /** What is off and no number holds, a sentence each. */
  readonly problems: readonly string[];
  readonly remark: string;
}

/** Figures that a full run must keep. A short one runs beside others on a shared machine and only remarks on them. */
export interface ScenarioLimits {
  /** The slowest recovery stays below. */
  readonly recoverySeconds?: number;
  /** A lag is worked off at least so many times faster than it gathered. */
  readonly workedOffTimes?: number;
  /** The other symbols' p99 lag beside a hot one is at most so many times a flat day's. */
  readonly hotLagTimes?: number;
}

export interface Scenario {
  readonly name: string;
  readonly limits?: ScenarioLimits;
  /** Harms the servers that the others share. */
  readonly isPlayedAlone?: true;
  /** A sentence when it cannot be played on this machine. */
  skipReason?(): string | null;
  prepare(surroundings: ScenarioSurroundings): Promise<PreparedScenario>;
}

export function between(random: () => number, lowMs: number, highMs: number): number {
  return lowMs + random() * (highMs - lowMs);
}
