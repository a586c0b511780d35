export * from './bus.ts';
export { openInProcessLog } from './in-process-log/in-process-log.ts';
export { openKafkaBus } from './kafka/kafka-bus.ts';
export type { KafkaSasl } from './kafka/kafka-options.ts';
