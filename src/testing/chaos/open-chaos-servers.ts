import { join } from 'node:path';
import { type KafkaBroker, startKafkaBroker } from '../kafka-broker.ts';
import { startPostgresServer } from '../postgres-server.ts';
import { freePort } from '../server-process.ts';
import type { ChaosServers } from './scenario.ts';

export interface OpenedChaosServers extends ChaosServers {
  close(): Promise<void>;
}

/** A broker and a database server of our own, in `folder`. Rejects with the reason when one is not at hand. */
export async function openChaosServers(options: {
  readonly folder: string;
  readonly jarsDirectory: string;
}): Promise<OpenedChaosServers> {
  const { folder, jarsDirectory } = options;
  const postgres = await startPostgresServer({ dataDirectory: join(folder, 'postgres') });
  const proxied = { listenerPort: await freePort(), advertisedPort: await freePort() };
  const entrance = { name: 'PROXIED', port: proxied.listenerPort, advertisedPort: proxied.advertisedPort };
  const port = await freePort();
  const kafka = { jarsDirectory, dataDirectory: join(folder, 'kafka'), port, listeners: [entrance] };
  let broker: KafkaBroker = await startKafkaBroker(kafka);
  return {
    addresses: { bootstrapServers: broker.bootstrapServers, dsn: postgres.dsn },
    postgres,
    proxied,
    crashBroker: async () => {
      await broker.kill();
      broker = await startKafkaBroker(kafka);
    },
    close: async () => {
      await Promise.all([broker.close(), postgres.close()]);
    },
  };
}
