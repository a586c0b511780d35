import type { Benchmark } from '../../testing/benchmark.ts';
import { PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { replayConditions, replaySpeed } from './replay-speed.ts';

const GOAL = 50_000;

export const pipelineEmbedded: Benchmark = {
  name: 'pipeline-embedded',
  goal: `>= ${String(GOAL)} trades/s`,
  isMet: (result) => result.value >= GOAL,
  skipReason: () => null,
  run: async () => ({
    value: await replaySpeed(3, () => PipelineFixture.open()),
    unit: 'trades/s',
    baseline: null,
    baselineValue: null,
    ratio: null,
    conditions: replayConditions(
      'in-process log and embedded store in one process, no fsync before the acknowledgement',
    ),
  }),
};
