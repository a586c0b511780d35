import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { openKafkaBus } from '../../bus/kafka/kafka-bus.ts';
import { silentLog } from '../../market/index.ts';
import { parsePostgresDsn } from '../../store/index.ts';
import { openPostgresStore } from '../../store/postgres-store.ts';
import type { Benchmark } from '../../testing/benchmark.ts';
import { type OpenStack, replayConditions, replaySpeed } from './replay-speed.ts';

const GOAL = 15_000;
const PARTITIONS = 4;

async function administrate(sql: string): Promise<void> {
  const client = new Client({ connectionString: process.env['TAPEDECK_TEST_POSTGRES'] });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Topics and a database of their own. */
async function openServers(): Promise<OpenStack> {
  const name = `bench_${randomUUID().slice(0, 8)}`;
  await administrate(`CREATE DATABASE ${name}`);
  const store = await openPostgresStore({
    server: { ...parsePostgresDsn(process.env['TAPEDECK_TEST_POSTGRES'] ?? ''), database: name },
    schema: 'tapedeck',
    log: silentLog,
  });
  const bus = await openKafkaBus({
    brokers: (process.env['TAPEDECK_TEST_KAFKA'] ?? '').split(','),
    clientId: name,
    groupPrefix: name,
    topicPrefix: name,
    barsTopic: null,
    partitionCount: PARTITIONS,
    log: silentLog,
  });
  return {
    bus,
    store,
    close: async () => {
      await bus.close();
      await store.close();
      await administrate(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

export const pipelineKafkaPostgres: Benchmark = {
  name: 'pipeline-kafka-postgres',
  goal: `>= ${String(GOAL)} trades/s`,
  isMet: (result) => result.value >= GOAL,
  skipReason: () => {
    const missing = [
      process.env['TAPEDECK_TEST_KAFKA'] === undefined ? 'TAPEDECK_TEST_KAFKA' : null,
      process.env['TAPEDECK_TEST_POSTGRES'] === undefined ? 'TAPEDECK_TEST_POSTGRES' : null,
    ].filter((one) => one !== null);
    return missing.length === 0 ? null : `${missing.join(' and ')} name no server`;
  },
  run: async () => ({
    value: await replaySpeed(3, openServers),
    unit: 'trades/s',
    baseline: null,
    baselineValue: null,
    ratio: null,
    conditions: replayConditions(
      `one broker and one PostgreSQL server on the same machine, ${String(PARTITIONS)} partitions, both with their default fsync`,
    ),
  }),
};
