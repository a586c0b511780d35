import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';

/** Changes topics of a broker from outside, as its administrator does. */
async function administrateTopics<T>(
  bootstrapServers: string,
  work: (admin: ReturnType<Kafka['admin']>) => Promise<T>,
): Promise<T> {
  const admin = new Kafka({ brokers: bootstrapServers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Makes a topic take messages up to so many bytes. */
export async function limitTopic(bootstrapServers: string, topic: string, maxMessageBytes: number): Promise<void> {
  const configEntries = [{ name: 'max.message.bytes', value: String(maxMessageBytes) }];
  await administrateTopics(bootstrapServers, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    }),
  );
}

export async function deleteTopics(bootstrapServers: string, prefix: string): Promise<void> {
  await administrateTopics(bootstrapServers, async (admin) => {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    await admin.deleteTopics({ topics });
  });
}
