import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from './scenario.ts';
import { writeSteadyFeed } from './steady-feed.ts';

const TRADES_PER_SECOND = 5_000;
const OUTAGE_SECONDS = 600;
const SHORT_OUTAGE_SECONDS = 20;
const PATIENCE_MS = 600_000;

/**
 * Nobody analyses or stores for ten minutes of 5,000 trades a second; then both come back and work off what has gathered.
 * The recovery is the time from their start to the last row.
 */
export const outage: Scenario = {
  name: 'outage',
  isPlayedAlone: true,
  limits: { workedOffTimes: 3 },
  prepare: async ({ folder, isShort }) => {
    const seconds = isShort ? SHORT_OUTAGE_SECONDS : OUTAGE_SECONDS;
    const feed = await writeSteadyFeed({
      folder,
      seed: 29,
      symbolCount: 500,
      tradesPerSecond: TRADES_PER_SECOND,
      seconds,
    });
    return {
      workload: { feed, feedMs: null, startedRoles: ['ingest'] },
      disturb: async (workload) => {
        const deadlineMs = performance.now() + PATIENCE_MS;
        while ((await workload.publishedTrades()) < feed.eventCount && performance.now() < deadlineMs) await delay(500);
        const startedMs = performance.now();
        workload.startWorker('persist', 'persist');
        workload.startWorker('analyze', 'analyze');
        await workload.ended(PATIENCE_MS);
        const recoverySeconds = Math.round((performance.now() - startedMs) / 100) / 10;
        const workedOffTimes = Math.floor((seconds / recoverySeconds) * 10) / 10;
        return {
          count: 1,
          recoverySeconds,
          workedOffTimes,
          remark: `${String(feed.eventCount)} trades that gathered in ${String(seconds)} s at ${String(TRADES_PER_SECOND)}/s were worked off ${String(workedOffTimes)} times as fast`,
        };
      },
    };
  },
};
