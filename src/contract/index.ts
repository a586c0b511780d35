export * from './events.ts';
export * from './frames.ts';
export * from './quality.ts';
export * from './health.ts';
export * from './requests.ts';
export * from './schemas.ts';
export * from './settings.ts';
export * from './stack.ts';
