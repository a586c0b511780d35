import type { Clock, Log } from '../../market/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { BusState } from '../bus.ts';
import { isBrokerAddress, isGroupPrefix } from '../kafka-names.ts';

export interface KafkaTls {
  /** PEM texts. Without `ca` the authorities that Node knows are trusted. */
  readonly ca?: string;
  /** Of this client, for brokers that ask for it. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** The name that the certificate of every broker must hold, where it is not the address. */
  readonly servername?: string;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaBusOptions {
  /** `host:port` each, an IPv6 address in brackets. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Consumer groups are called `GROUPPREFIX-GROUP`. */
  readonly groupPrefix: string;
  /** Topics are called `TOPICPREFIX-KIND`; other datasets pass `datasetTopicPrefix(prefix, dataset)`. */
  readonly topicPrefix: string;
  /** The whole name of the bars topic (a user's `KAFKA_TOPIC`), or null for `TOPICPREFIX-bars`. */
  readonly barsTopic: string | null;
  /** Of every topic. Without it: what the existing topics have, else 8. */
  readonly partitionCount?: number;
  /** Without it nothing is encrypted. */
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
  /** Dates dead letters; the system's by default. */
  readonly clock?: Clock;
  readonly log: Log;
  /** Told of every change until it is closed, also while the bus is being opened and there is no `state` to look at yet. */
  readonly onState?: (state: BusState) => void;
  /** Ends the wait for a broker that is away; opening then rejects with `closed`. */
  readonly signal?: AbortSignal;
}

const CLIENT_ID_PATTERN = /^[A-Za-z0-9._-]{1,200}$/;

/** Throws `bad-config` naming what is wrong and what would be right. */
export function checkKafkaOptions(options: KafkaBusOptions): void {
  if (options.brokers.length === 0)
    throw badOption('KAFKA_BOOTSTRAP_SERVERS', '', 'host:port, several joined by commas');
  for (const broker of options.brokers) {
    if (!isBrokerAddress(broker))
      throw badOption('KAFKA_BOOTSTRAP_SERVERS', broker, 'host:port, an IPv6 address in brackets');
  }
  if (!CLIENT_ID_PATTERN.test(options.clientId))
    throw badOption('client id', options.clientId, 'letters, digits and . _ -');
  if (!isGroupPrefix(options.groupPrefix)) {
    throw badOption('KAFKA_GROUP_ID', options.groupPrefix, 'up to 200 printable characters');
  }
  const { partitionCount, sasl } = options;
  if (partitionCount !== undefined && (!Number.isInteger(partitionCount) || partitionCount < 1)) {
    throw badOption('partition count', String(partitionCount), 'a whole number above 0');
  }
  if (sasl !== undefined && (sasl.username === '' || sasl.password === '')) {
    throw badOption('Kafka user name or password', '', 'both, or no SASL at all');
  }
}

function badOption(name: string, value: string, right: string): TapedeckError {
  return new TapedeckError('bad-config', `${name} must be ${right}, not ${JSON.stringify(value)}`);
}
