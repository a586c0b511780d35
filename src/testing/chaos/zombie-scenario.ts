import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import {
  between,
  type PreparedScenario,
  type Scenario,
  type ScenarioSurroundings,
  RECOVERY_PATIENCE_MS,
} from './scenario.ts';
import { openTcpProxy } from './tcp-proxy.ts';
import type { Workload } from './workload.ts';

const PAUSE_MS = 60_000;
/** Longer than a group waits for a silent member. */
const SHORT_PAUSE_MS = 14_000;
const WAKE_MS = 6_000;
const MOMENT_PATIENCE_MS = 20_000;

/** Stops the process at a chosen moment; answers what has to happen when it goes on. */
type StopAt = (workload: Workload, stop: () => void) => Promise<() => void>;

interface ZombiePlan {
  readonly role: 'analyze' | 'persist';
  /** One pause each. */
  readonly moments: readonly StopAt[];
}

/** The one process of a role stands still, loses its partitions to another, wakes up, and goes on as if nothing had been. */
function zombieWorkload(plan: ZombiePlan, { isShort, random }: ScenarioSurroundings): PreparedScenario {
  const { role, moments } = plan;
  const pauseMs = isShort ? SHORT_PAUSE_MS : PAUSE_MS;
  return {
    workload: { feedMs: moments.length * (pauseMs + 60_000) + 60_000 },
    disturb: async (workload) => {
      workload.startWorker(`${role}-other`, role);
      for (const stopAt of moments) {
        workload.meter.disturbed();
        await workload.meter.recovered(RECOVERY_PATIENCE_MS);
        await delay(between(random, 1_000, 3_000));
        const zombie = workload.worker(role);
        const goOn = await stopAt(workload, () => zombie.signal('SIGSTOP'));
        workload.meter.disturbed();
        await delay(pauseMs);
        zombie.signal('SIGCONT');
        goOn();
        await delay(WAKE_MS);
      }
      return { count: moments.length };
    },
  };
}

const atAnyMoment: StopAt = async (_workload, stop) => {
  stop();
  return () => undefined;
};

/**
 * Holds all transactions up at the row that they lock first, stops the process while its own waits there, and lets go: the
 * server then has begun what nobody goes on with.
 */
const insideTransaction: StopAt = async (workload, stop) => {
  await workload.administrate(async (client) => {
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${workload.schema}.bus_positions IN EXCLUSIVE MODE`);
    const deadlineMs = performance.now() + MOMENT_PATIENCE_MS;
    // Both workers' partitions get messages all the time, so after a moment each waits with one at least.
    while ((await waitingWriters(client)) < 3 && performance.now() < deadlineMs) await delay(50);
    stop();
    await client.query('ROLLBACK');
  });
  return () => undefined;
};

async function waitingWriters(client: Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%bus_positions%'`,
  );
  return rows[0]?.n ?? 0;
}

export const zombieAnalyze: Scenario = {
  name: 'zombie-analyze',
  prepare: async (surroundings) => {
    const moments = surroundings.isShort ? [atAnyMoment] : [atAnyMoment, atAnyMoment, atAnyMoment];
    return zombieWorkload({ role: 'analyze', moments }, surroundings);
  },
};

export const zombiePersist: Scenario = {
  name: 'zombie-persist',
  prepare: async (surroundings) => {
    const dsn = new URL(surroundings.servers.addresses.dsn);
    const proxy = await openTcpProxy({ to: Number(dsn.port) });
    dsn.port = String(proxy.port);
    // With rows of both its partitions in hand: the first that it does when it wakes up is to write them.
    const beforeTransactions: StopAt = async (_workload, stop) => {
      const hold = proxy.hold((chunk) => chunk.includes('BEGIN\0'));
      const deadlineMs = performance.now() + MOMENT_PATIENCE_MS;
      while (hold.count < 2 && performance.now() < deadlineMs) await delay(10);
      stop();
      return () => hold.release();
    };
    const moments = [beforeTransactions, insideTransaction];
    const plan = { role: 'persist', moments: surroundings.isShort ? moments : [...moments, ...moments] } as const;
    const prepared = zombieWorkload(plan, surroundings);
    return {
      ...prepared,
      workload: { ...prepared.workload, seenServers: (name) => (name === 'persist' ? { dsn: dsn.href } : {}) },
      close: () => proxy.close(),
    };
  },
};
