import { setTimeout as delay } from 'node:timers/promises';
import { between, type Scenario, RECOVERY_PATIENCE_MS } from './scenario.ts';

const PRELOAD = {
  NODE_OPTIONS: `--import ${import.meta.resolve('tsx')} --import ${import.meta.resolve('./jumping-clock.ts')}`,
};
const NOTHING = {};

/** The clock of the analysing and storing machines jumps an hour ahead, two back, a day ahead, and back again. */
export const clockJump: Scenario = {
  name: 'clock-jump',
  prepare: async ({ isShort, random }) => {
    const jumps = isShort ? 4 : 16;
    return {
      workload: {
        feedMs: jumps * 20_000 + 30_000,
        // The file's own pace hangs on a clock, so the process that reads it keeps the right one.
        environmentOf: (role) => (role === 'ingest' ? NOTHING : PRELOAD),
      },
      disturb: async (workload) => {
        for (let count = 0; count < jumps; count++) {
          await delay(between(random, 0, 3_000));
          for (const name of ['analyze', 'persist']) workload.worker(name).signal('SIGUSR2');
          workload.meter.disturbed();
          await workload.meter.recovered(RECOVERY_PATIENCE_MS);
        }
        return { count: jumps };
      },
    };
  },
};
