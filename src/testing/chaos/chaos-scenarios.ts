import { killAnalyze, killIngest, killPersist, undisturbed } from './kill-scenarios.ts';
import type { Scenario } from './scenario.ts';

/** In the order of playing; the first gives what the others are compared with. */
export const CHAOS_SCENARIOS: readonly [Scenario, ...Scenario[]] = [undisturbed, killIngest, killAnalyze, killPersist];
