import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafkaBroker } from '../src/testing/kafka-broker.ts';
import { startPostgresServer } from '../src/testing/postgres-server.ts';

export interface TestServices {
  /** Variables that the tests and benchmarks look for. */
  readonly environment: Readonly<Record<string, string>>;
  /** One line for each service that is not at hand, with the reason. */
  readonly missing: readonly string[];
  close(): Promise<void>;
}

/** Starts what is at hand and not given already: Kafka from the jars in `KAFKA_JARS`, PostgreSQL from npm or the system. */
export async function startTestServices(): Promise<TestServices> {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-services-'));
  const environment: Record<string, string> = {};
  const missing: string[] = [];
  const closers: (() => Promise<void>)[] = [];

  const jarsDirectory = process.env['KAFKA_JARS'];
  if (process.env['TAPEDECK_TEST_KAFKA'] === undefined) {
    if (jarsDirectory !== undefined && existsSync(jarsDirectory)) {
      const broker = await startKafkaBroker({ jarsDirectory, dataDirectory: join(folder, 'kafka') });
      environment['TAPEDECK_TEST_KAFKA'] = broker.bootstrapServers;
      closers.push(() => broker.close());
    } else {
      missing.push('Kafka tests skipped: set TAPEDECK_TEST_KAFKA to a broker or KAFKA_JARS to a folder of its jars.');
    }
  }
  if (process.env['TAPEDECK_TEST_POSTGRES'] === undefined) {
    try {
      const server = await startPostgresServer({ dataDirectory: join(folder, 'postgres') });
      environment['TAPEDECK_TEST_POSTGRES'] = server.dsn;
      closers.push(() => server.close());
    } catch (error) {
      missing.push(`PostgreSQL tests skipped: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return {
    environment,
    missing,
    close: async () => {
      await Promise.all(closers.map((close) => close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
