import type { Message, RecordMetadata } from 'kafkajs';

/** The messages of one request, in order, by the name of their topic. */
export type PublishRequest = ReadonlyMap<string, readonly Message[]>;

export function requestBytes(request: PublishRequest): number {
  let bytes = 0;
  for (const messages of request.values()) for (const message of messages) bytes += messageBytes(message);
  return bytes;
}

export function messageBytes(message: Message): number {
  return Buffer.byteLength(message.value ?? '');
}

/** Two requests that together are this one, each topic's messages still in order; null for a single message. */
export function halvesOf(request: PublishRequest): readonly [PublishRequest, PublishRequest] | null {
  const all = [...request].flatMap(([topic, messages]) => messages.map((message) => ({ topic, message })));
  if (all.length < 2) return null;
  const middle = all.length >> 1;
  return [requestOf(all.slice(0, middle)), requestOf(all.slice(middle))];
}

/** What of a request these answers do not acknowledge. */
export function unacknowledged(request: PublishRequest, answers: readonly RecordMetadata[]): PublishRequest {
  const acknowledged = new Set<string>();
  for (const { topicName, partition, errorCode, baseOffset } of answers) {
    if (errorCode === 0 && Number(baseOffset ?? -1) >= 0) acknowledged.add(`${topicName}/${partition}`);
  }
  const missing = new Map<string, readonly Message[]>();
  for (const [topic, messages] of request) {
    const rest = messages.filter(({ partition }) => !acknowledged.has(`${topic}/${partition}`));
    if (rest.length > 0) missing.set(topic, rest);
  }
  return missing;
}

function requestOf(parts: readonly { readonly topic: string; readonly message: Message }[]): PublishRequest {
  const request = new Map<string, Message[]>();
  for (const { topic, message } of parts) {
    const messages = request.get(topic);
    if (messages === undefined) request.set(topic, [message]);
    else messages.push(message);
  }
  return request;
}
