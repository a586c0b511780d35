export * from './bus.ts';
export { decodeEvent, encodeEvent, MESSAGE_VERSION } from './codec.ts';
export { type InProcessLogOptions, openInProcessLog } from './in-process-log/in-process-log.ts';
export { keyOf, KeyPartitioner, TOPIC_KINDS, topicName, type TopicNaming, topicNames } from './topics.ts';
export { openKafkaBus } from './kafka/kafka-bus.ts';
export type { KafkaBusOptions, KafkaSasl, KafkaTls } from './kafka/kafka-options.ts';
