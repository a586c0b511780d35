import { Kafka, logLevel } from 'kafkajs';

/** Puts texts on a topic as a foreign producer would, whatever they say; resolves when they are acknowledged. */
export async function publishRawMessages(
  bootstrapServers: string,
  topic: string,
  texts: readonly string[],
): Promise<void> {
  const kafka = new Kafka({ brokers: bootstrapServers.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: texts.map((value) => ({ value })) });
  } finally {
    await producer.disconnect();
  }
}
