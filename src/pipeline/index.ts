export * from './metric-catalog.ts';
export { openPipeline } from './open-pipeline.ts';
export * from './pipeline.ts';
