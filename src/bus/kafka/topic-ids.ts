import type { Kafka } from 'kafkajs';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { TapedeckError } from '../../market/index.ts';
import { decodeTopicIds, encodeMetadataRequest, METADATA_KEY, METADATA_VERSION } from './metadata-request.ts';

/** What kafkajs has for this inside, behind its public classes. */
interface InnerCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findControllerBroker(): Promise<InnerBroker>;
}

interface InnerBroker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: { send(exchange: InnerExchange): Promise<ReadonlyMap<string, string>> };
}

interface InnerExchange {
  readonly request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<Encoder> };
  readonly response: {
    decode(answer: Buffer): Promise<ReadonlyMap<string, string>>;
    parse(ids: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>>;
  };
}

/**
 * The ids that Kafka gave these topics when it made them, by name: a topic deleted and made anew has another. Brokers
 * before 3.0 do not tell them, and nothing is answered. Throws what kafkajs throws, and `connection-lost` where a topic is
 * not known to every node yet.
 */
export async function fetchTopicIds(kafka: Kafka, topicNames: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const cluster = createCluster(kafka);
  try {
    await cluster.connect();
    await cluster.addMultipleTargetTopics(topicNames);
    const broker = await cluster.findControllerBroker();
    if ((broker.versions?.[METADATA_KEY]?.maxVersion ?? 0) < METADATA_VERSION) return new Map();
    const ids = await broker.connectionPool.send({
      request: {
        apiKey: METADATA_KEY,
        apiVersion: METADATA_VERSION,
        apiName: 'Metadata',
        encode: () => Promise.resolve(new Encoder().writeBuffer(encodeMetadataRequest(topicNames))),
      },
      response: {
        decode: (answer) => Promise.resolve(decodeTopicIds(answer)),
        parse: (found) => Promise.resolve(found),
      },
    });
    const unknown = topicNames.find((name) => !ids.has(name));
    if (unknown === undefined) return ids;
    // Going on without it would key positions otherwise than the next start does.
    const message = `the broker does not know the topic ${unknown} yet`;
    throw new TapedeckError('connection-lost', message, { retryable: true });
  } finally {
    await cluster.disconnect();
  }
}

function createCluster(kafka: Kafka): InnerCluster {
  const factory = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (factory === undefined) throw new Error('this version of kafkajs hides its clusters elsewhere');
  const create = (kafka as unknown as Record<symbol, (options: object) => InnerCluster>)[factory];
  if (create === undefined) throw new Error('this version of kafkajs makes its clusters elsewhere');
  return create({ allowAutoTopicCreation: false });
}
