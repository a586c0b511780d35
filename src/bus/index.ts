export * from './bus.ts';
export { openInProcessLog } from './in-process-log/in-process-log.ts';
export type { KafkaSasl, KafkaTls } from './kafka/kafka-options.ts';
