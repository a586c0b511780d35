const TOPIC_PATTERN = /^[A-Za-z0-9._-]{1,249}$/;
const BROKER_PATTERN = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/;
const GROUP_PATTERN = /^[^\p{Cc}]{1,200}$/u;
const MAX_PORT = 65_535;

/** What Kafka allows in a topic's name. */
export function isTopicName(text: string): boolean {
  return TOPIC_PATTERN.test(text) && text !== '.' && text !== '..';
}

/** `host:port`, an IPv6 address in brackets. */
export function isBrokerAddress(text: string): boolean {
  const port = Number(BROKER_PATTERN.exec(text)?.[2] ?? 0);
  return port >= 1 && port <= MAX_PORT;
}

/** Kafka takes any text; nobody could read control characters, and the role's name comes after this. */
export function isGroupPrefix(text: string): boolean {
  return GROUP_PATTERN.test(text);
}
