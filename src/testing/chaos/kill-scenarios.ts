import { setTimeout as delay } from 'node:timers/promises';
import { between, type Scenario, RECOVERY_PATIENCE_MS } from './scenario.ts';
import type { Workload, WorkerRole } from './workload.ts';

interface KillPlan {
  readonly role: WorkerRole;
  readonly kills: number;
  readonly shortKills: number;
}

/** With 100 symbols, the rebalance of the group included. */
const KILLED_WORKER_LIMITS = { recoverySeconds: 15 };
const MIDDLE_PATIENCE_MS = 5_000;
/** More than a kill takes with its recovery, so that the feed outlasts all of them. */
export const FEED_MS_PER_KILL = 20_000;

/** Kills one role's process at random moments: while it works, while it starts, while the group looks for it. */
function killScenario({ role, kills, shortKills }: KillPlan): Scenario {
  return {
    name: `kill-${role}`,
    limits: KILLED_WORKER_LIMITS,
    prepare: async ({ isShort, random }) => {
      const planned = isShort ? shortKills : kills;
      return {
        workload: { feedMs: planned * FEED_MS_PER_KILL },
        disturb: async (workload) => ({ count: (await killAtRandom(workload, { role, planned, random })).length }),
      };
    },
  };
}

export interface RandomKills {
  readonly role: WorkerRole;
  readonly planned: number;
  readonly random: () => number;
  /** Resolves in the middle of something; every other kill, from the first on, waits for it a moment. */
  readonly inTheMiddle?: () => Promise<unknown>;
}

/** Answers when, in epoch ms. */
export async function killAtRandom(workload: Workload, plan: RandomKills): Promise<readonly number[]> {
  const { role, planned, random } = plan;
  const killedMs: number[] = [];
  while (killedMs.length < planned && !workload.isEnded) {
    // Every other time it is let come to life first; else it may die before that.
    if (random() < 0.6) {
      await workload.meter.recovered(RECOVERY_PATIENCE_MS);
      await delay(between(random, 0, 3_000));
    } else {
      await delay(between(random, 100, 8_000));
    }
    if (killedMs.length % 2 === 0 && plan.inTheMiddle !== undefined) {
      await Promise.race([plan.inTheMiddle(), delay(MIDDLE_PATIENCE_MS)]);
    }
    if (workload.isEnded) break;
    workload.worker(role).kill();
    workload.meter.disturbed();
    killedMs.push(Date.now());
  }
  return killedMs;
}

export const undisturbed: Scenario = {
  name: 'undisturbed',
  prepare: async () => ({ workload: { feedMs: null }, disturb: async () => ({ count: 0 }) }),
};

/** Of these three together 200 kills, 20 in a short run. */
export const killIngest = killScenario({ role: 'ingest', kills: 50, shortKills: 5 });
export const killAnalyze = killScenario({ role: 'analyze', kills: 75, shortKills: 7 });
export const killPersist = killScenario({ role: 'persist', kills: 75, shortKills: 8 });
