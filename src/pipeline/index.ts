export { openPipeline } from './open-pipeline.ts';
export * from './pipeline.ts';
