import { clockJump } from './clock-scenario.ts';
import { cutConnection } from './cut-scenario.ts';
import { fullDisk } from './full-disk-scenario.ts';
import { hotSymbol } from './hot-symbol-scenario.ts';
import { killAnalyze, killIngest, killPersist, undisturbed } from './kill-scenarios.ts';
import { killNotify } from './notify-scenario.ts';
import { malformed } from './malformed-scenario.ts';
import { outage } from './outage-scenario.ts';
import type { Scenario } from './scenario.ts';
import { killBroker, killDatabase } from './server-scenarios.ts';
import { killServe } from './serve-scenario.ts';
import { rebalanceStorm } from './storm-scenario.ts';
import { zombieAnalyze, zombiePersist } from './zombie-scenario.ts';

/** In the order of playing; the first gives what the others are compared with. */
export const CHAOS_SCENARIOS: readonly [Scenario, ...Scenario[]] = [
  undisturbed,
  killIngest,
  killAnalyze,
  killPersist,
  killNotify,
  killServe,
  killBroker,
  killDatabase,
  cutConnection,
  zombieAnalyze,
  zombiePersist,
  rebalanceStorm,
  fullDisk,
  clockJump,
  malformed,
  outage,
  hotSymbol,
];
