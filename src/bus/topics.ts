import { TapedeckError } from '../market/index.ts';
import type { TopicEvents, TopicKind } from './bus.ts';
import { isTopicName } from './kafka-names.ts';
import { murmur2 } from './murmur2.ts';

/** Every topic of the bus; all of them have the same number of partitions. */
export const TOPIC_KINDS: readonly TopicKind[] = [
  'trades',
  'quotes',
  'bars',
  'statuses',
  'candles',
  'indicators',
  'alerts',
  'control',
  'dead-letters',
];

export interface TopicNaming {
  /** `stock` makes `stock-trades` and so on; other datasets pass `datasetTopicPrefix(prefix, dataset)`. */
  readonly prefix: string;
  /** A user's `KAFKA_TOPIC`: the whole name of the bars topic. Null for `PREFIX-bars`. */
  readonly barsTopic: string | null;
}

export function topicName(kind: TopicKind, naming: TopicNaming): string {
  return kind === 'bars' && naming.barsTopic !== null ? naming.barsTopic : `${naming.prefix}-${kind}`;
}

/** All names at once, checked: throws `bad-config` for one that Kafka forbids or that two topics would share. */
export function topicNames(naming: TopicNaming): ReadonlyMap<TopicKind, string> {
  const names = new Map(TOPIC_KINDS.map((kind) => [kind, topicName(kind, naming)]));
  for (const [kind, name] of names) {
    if (!isTopicName(name)) {
      throw new TapedeckError('bad-config', `the ${kind} topic cannot be called ${JSON.stringify(name)}`, {
        userMessage: `${JSON.stringify(name)} is no name for a Kafka topic: use letters, digits, dot, underscore and hyphen in KAFKA_TOPIC and KAFKA_TOPIC_PREFIX.`,
      });
    }
  }
  if (new Set(names.values()).size !== names.size) {
    throw new TapedeckError('bad-config', `the bars topic ${naming.barsTopic} is already the name of another topic`, {
      userMessage: `KAFKA_TOPIC=${naming.barsTopic} names the bars topic, but another of TapeDeck's topics has that name already: choose another.`,
    });
  }
  return names;
}

/** What a message is keyed by: the symbol, so that one partition holds everything about it. */
export function keyOf<K extends TopicKind>(kind: K, event: TopicEvents[K]): string {
  if (kind === 'control') return (event as TopicEvents['control']).kind;
  if (kind === 'dead-letters') return (event as TopicEvents['dead-letters']).topic;
  return (event as { readonly symbol: string }).symbol;
}

const REMEMBERED_KEYS = 50_000;

/** Partition of a key as Kafka's default partitioner chooses it, so that both buses and outside producers agree. */
export class KeyPartitioner {
  readonly #partitionCount: number;
  readonly #remembered = new Map<string, number>();

  constructor(partitionCount: number) {
    this.#partitionCount = partitionCount;
  }

  partitionOf(key: string): number {
    if (this.#partitionCount === 1) return 0;
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined) return remembered;
    const partition = (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % this.#partitionCount;
    if (this.#remembered.size >= REMEMBERED_KEYS) this.#remembered.clear();
    this.#remembered.set(key, partition);
    return partition;
  }
}
