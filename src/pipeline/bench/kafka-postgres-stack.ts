import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { openKafkaBus } from '../../bus/kafka/kafka-bus.ts';
import { silentLog } from '../../market/index.ts';
import { parsePostgresDsn } from '../../store/index.ts';
import { openPostgresStore } from '../../store/postgres-store.ts';
import type { OpenStack } from './replay-speed.ts';

async function administrate(sql: string): Promise<void> {
  const client = new Client({ connectionString: process.env['TAPEDECK_TEST_POSTGRES'] });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Topics and a database of their own on the servers that the environment names. */
export async function openKafkaPostgresStack(partitionCount: number): Promise<OpenStack> {
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
    partitionCount,
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

/** What of the servers the environment does not name; null for nothing. */
export function missingServers(): string | null {
  const missing = ['TAPEDECK_TEST_KAFKA', 'TAPEDECK_TEST_POSTGRES'].filter((name) => process.env[name] === undefined);
  return missing.length === 0 ? null : `${missing.join(' and ')} name no server`;
}
