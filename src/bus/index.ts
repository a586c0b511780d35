export * from './bus.ts';
export { openInProcessLog } from './in-process-log/in-process-log.ts';
export type { KafkaSasl } from './kafka/kafka-options.ts';
