import { setTimeout as delay } from 'node:timers/promises';
import { between, type Scenario, RECOVERY_PATIENCE_MS } from './scenario.ts';

/** The broker dies like by a power cut, and comes back on what it had written. */
export const killBroker: Scenario = {
  name: 'kill-broker',
  isPlayedAlone: true,
  prepare: async ({ servers, isShort, random }) => {
    const planned = isShort ? 1 : 5;
    return {
      workload: { feedMs: planned * 60_000 + 60_000 },
      disturb: async (workload) => {
        for (let count = 0; count < planned; count++) {
          await delay(between(random, 0, 3_000));
          workload.meter.disturbed();
          await servers.crashBroker();
          await workload.meter.recovered(RECOVERY_PATIENCE_MS);
        }
        return { count: planned };
      },
    };
  },
};

/** The database server breaks off all connections in the middle of whatever they do, stays away for a moment, and recovers. */
export const killDatabase: Scenario = {
  name: 'kill-database',
  isPlayedAlone: true,
  prepare: async ({ servers, isShort, random }) => {
    const planned = isShort ? 2 : 10;
    return {
      workload: { feedMs: planned * 40_000 + 60_000 },
      disturb: async (workload) => {
        for (let count = 0; count < planned; count++) {
          await delay(between(random, 0, 3_000));
          workload.meter.disturbed();
          await servers.postgres.crash();
          await delay(between(random, 0, 4_000));
          await servers.postgres.restart();
          await workload.meter.recovered(RECOVERY_PATIENCE_MS);
        }
        return { count: planned };
      },
    };
  },
};
