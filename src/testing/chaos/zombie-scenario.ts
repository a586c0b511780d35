import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { between, type Scenario } from './scenario.ts';
import type { Workload, WorkerRole } from './workload.ts';

const PAUSE_MS = 60_000;
/** Longer than a group waits for a silent member. */
const SHORT_PAUSE_MS = 14_000;
const WAKE_MS = 6_000;
const LOCK_PATIENCE_MS = 20_000;

interface ZombiePlan {
  readonly role: Extract<WorkerRole, 'analyze' | 'persist'>;
  /** Some of the pauses begin while the worker is inside a transaction. */
  readonly isInTransaction: (round: number) => boolean;
}

/** A process stands still, loses its partitions to another, wakes up, and goes on as if nothing had been. */
function zombieScenario({ role, isInTransaction }: ZombiePlan): Scenario {
  return {
    name: `zombie-${role}`,
    prepare: async ({ isShort, random }) => {
      const rounds = isShort ? 1 : 3;
      const pauseMs = isShort ? SHORT_PAUSE_MS : PAUSE_MS;
      return {
        workload: { feedMs: rounds * (pauseMs + 60_000) + 60_000 },
        disturb: async (workload) => {
          workload.startWorker(`${role}-other`, role);
          for (let round = 0; round < rounds; round++) {
            workload.meter.disturbed();
            await workload.meter.recovered(LOCK_PATIENCE_MS);
            await delay(between(random, 1_000, 3_000));
            const victim = workload.worker(round % 2 === 0 ? role : `${role}-other`);
            const pause = (): void => victim.signal('SIGSTOP');
            if (isInTransaction(round)) await pauseInTransaction(workload, pause);
            else pause();
            workload.meter.disturbed();
            await delay(pauseMs);
            victim.signal('SIGCONT');
            await delay(WAKE_MS);
          }
          return { count: rounds };
        },
      };
    },
  };
}

/**
 * Holds all transactions up at the row that they lock first, stops the process while its own waits there, and lets go: the
 * server then has begun what nobody goes on with.
 */
async function pauseInTransaction(workload: Workload, pause: () => void): Promise<void> {
  await workload.administrate(async (client) => {
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${workload.schema}.bus_positions IN EXCLUSIVE MODE`);
    const deadlineMs = performance.now() + LOCK_PATIENCE_MS;
    // Both workers' partitions get messages all the time, so after a moment each waits with one at least.
    while ((await waitingWriters(client)) < 3 && performance.now() < deadlineMs) await delay(50);
    pause();
    await client.query('ROLLBACK');
  });
}

async function waitingWriters(client: Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%bus_positions%'`,
  );
  return rows[0]?.n ?? 0;
}

export const zombiePersist = zombieScenario({
  role: 'persist',
  isInTransaction: (round) => round % 2 === 0,
});
export const zombieAnalyze = zombieScenario({
  role: 'analyze',
  isInTransaction: () => false,
});
