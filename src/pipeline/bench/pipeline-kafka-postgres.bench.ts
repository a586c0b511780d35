import type { Benchmark } from '../../testing/benchmark.ts';
import { missingServers, openKafkaPostgresStack } from './kafka-postgres-stack.ts';
import { replayConditions, replaySpeed } from './replay-speed.ts';

const GOAL = 15_000;
const PARTITIONS = 4;

export const pipelineKafkaPostgres: Benchmark = {
  name: 'pipeline-kafka-postgres',
  goal: `>= ${String(GOAL)} trades/s`,
  isMet: (result) => result.value >= GOAL,
  skipReason: missingServers,
  run: async () => ({
    value: await replaySpeed(3, () => openKafkaPostgresStack(PARTITIONS)),
    unit: 'trades/s',
    baseline: null,
    baselineValue: null,
    ratio: null,
    conditions: replayConditions(
      `one broker and one PostgreSQL server on the same machine, ${String(PARTITIONS)} partitions, both with their default fsync`,
    ),
  }),
};
