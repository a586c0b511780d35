import { setTimeout as delay } from 'node:timers/promises';
import { between, type Scenario } from './scenario.ts';

const LONGEST_LIFE_MS = 10_000;

/** Workers of both groups come and go all the time, some politely, some by kill -9; the first of each role stays. */
export const rebalanceStorm: Scenario = {
  name: 'rebalance-storm',
  prepare: async ({ isShort, random }) => {
    const guests = isShort ? 6 : 40;
    return {
      workload: { feedMs: guests * LONGEST_LIFE_MS + 60_000 },
      disturb: async (workload) => {
        const leaving: Promise<void>[] = [];
        for (let guest = 0; guest < guests && !workload.isEnded; guest++) {
          const role = guest % 2 === 0 ? 'persist' : 'analyze';
          const name = `${role}-guest-${String(guest)}`;
          workload.startWorker(name, role);
          const lifeMs = between(random, 500, LONGEST_LIFE_MS);
          const signal = random() < 0.5 ? 'SIGTERM' : 'SIGKILL';
          leaving.push(delay(lifeMs).then(() => workload.stopWorker(name, signal)));
          await delay(between(random, 0, LONGEST_LIFE_MS / 2));
        }
        await Promise.all(leaving);
        workload.meter.disturbed();
        return { count: guests };
      },
    };
  },
};
