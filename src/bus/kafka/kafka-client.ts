import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from 'kafkajs';
import type { Log } from '../../market/index.ts';
import { connectBroker, kafkajsAddress } from './broker-address.ts';
import type { KafkaBusOptions } from './kafka-options.ts';
import { patchRequestQueue } from './patch-request-queue.ts';

/** Few and short retries inside kafkajs: what outlasts them is seen as a state and retried by our own supervision. */
const RETRY = { retries: 4, initialRetryTime: 100, maxRetryTime: 1500 };

export function createKafkaClient(options: KafkaBusOptions): Kafka {
  patchRequestQueue();
  const { tls, sasl } = options;
  const config: KafkaConfig = {
    brokers: options.brokers.map(kafkajsAddress),
    socketFactory: connectBroker,
    clientId: options.clientId,
    connectionTimeout: 5000,
    requestTimeout: 30_000,
    retry: RETRY,
    // kafkajs' own errors are facts for us only once they reach our code; here they are kept for whoever looks closely.
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => logEntry(options.log, entry.namespace, entry.log),
    ...(tls === undefined ? {} : { ssl: { ...tls } }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions }),
  };
  return new Kafka(config);
}

function logEntry(log: Log, namespace: string, entry: Readonly<Record<string, unknown>>): void {
  const { message, broker, error, groupId } = entry;
  log.debug({ kafkajs: namespace, broker, groupId, reason: error }, String(message));
}
